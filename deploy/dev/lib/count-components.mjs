// Says how many components a CycloneDX document lists, and fails when it lists none:  node count-components.mjs FILE

import { readFileSync } from 'node:fs'

const file = process.argv[2]
const { bomFormat, components } = JSON.parse(readFileSync(file, 'utf8'))
if (bomFormat !== 'CycloneDX' || !components?.length) process.exit(1)
console.log(`${file}: ${components.length} components`)
