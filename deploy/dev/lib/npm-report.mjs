// Says in one word what `npm audit --json` found:  node npm-report.mjs FILE
// "clean", "holes" (listed on standard error), or "unanswered" when the registry knows no such question.

import { readFileSync } from 'node:fs'

let report
try {
  report = JSON.parse(readFileSync(process.argv[2], 'utf8'))
} catch {
  report = {}
}
if (!report.vulnerabilities) {
  console.error(report.message ?? report.error?.summary ?? 'no report')
  console.log('unanswered')
} else {
  const holes = Object.values(report.vulnerabilities)
  for (const { name, severity, range } of holes) console.error(`${name} ${range}: ${severity}`)
  console.log(holes.length === 0 ? 'clean' : 'holes')
}
