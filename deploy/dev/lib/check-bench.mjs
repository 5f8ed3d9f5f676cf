// Says of the reports in a folder whether each planted fault was found, and nothing where none was planted:
//     node check-bench.mjs FOLDER
// with FOLDER/{clean,loss,duplicate,delay}.json, and in FOLDER/codes a line with the exit code of each run.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]
if (!folder) {
  console.error('usage: node check-bench.mjs FOLDER')
  process.exit(2)
}
const lines = readFileSync(join(folder, 'codes'), 'utf8').trim().split('\n')
const codes = new Map(lines.map((line) => line.split(' ')))

/** What a run found, or null when it did not come so far. */
function report(name) {
  const file = join(folder, `${name}.json`)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null
}

const missed = ({ missed }) => missed.map(({ workload, what }) => `${workload}: ${what.split(':')[0]}`)
/** By the median: p99 is missed now and then by itself in so short a round. */
const latenessBeyond = (run, other) =>
  missed(run).filter((target) => target.includes('p50 ms of delivery') && !missed(other).includes(target))
/** Faults that clients saw. A workload that could not be run to its end may have another reason for it. */
const faults = (run) => run.outcomes.flatMap(({ rows }) => rows.flatMap((row) => row.faults))
const ended = (run) => run.outcomes.length > 0 && run.outcomes.every(({ stopped }) => stopped === null)

const clean = report('clean')

/** Why a run is not as it must be, or null; and what it found. */
function judge(name, run) {
  const code = codes.get(name)
  if (!run || !clean) return { wrong: `there is no report: see ${join(folder, name)}.log` }
  if (!ended(run)) return { wrong: `it did not come to its end: ${run.failed[0]?.what}` }
  if (run.plant !== (name === 'clean' ? null : name)) return { wrong: `this was planted: ${run.plant}` }
  switch (name) {
    case 'clean': {
      const wrong = code === '0' || code === '2' ? null : `nothing was planted, and the exit code is ${code}`
      return { wrong, found: missed(run).length ? `missed by itself: ${missed(run).join('; ')}` : 'green' }
    }
    case 'delay': {
      const beyond = latenessBeyond(run, clean)
      const red = code === '2' && run.verdict === 'missed' && beyond.length > 0
      return { wrong: red ? null : `exit code ${code}, medians missed beyond the clean run: ${beyond.length}`, found: beyond.join('; ') }
    }
    default: {
      const red = code === '1' && run.verdict === 'failed' && faults(run).length > 0
      return { wrong: red ? null : `exit code ${code}, faults: ${faults(run).length}`, found: faults(run)[0] }
    }
  }
}

let isAsItMustBe = true
for (const name of ['clean', 'loss', 'duplicate', 'delay']) {
  const { wrong, found } = judge(name, report(name))
  if (wrong) isAsItMustBe = false
  console.log(`${name.padEnd(10)} exit code ${codes.get(name) ?? '?'}   ${wrong ? `NOT AS IT MUST BE: ${wrong}` : found}`)
}
process.exit(isAsItMustBe ? 0 : 1)
