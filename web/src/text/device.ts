/** The first that stands in a `User-Agent` is meant: most of them claim to be some of those below as well. */
const BROWSERS: readonly [name: string, mark: RegExp][] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\/|\bOpera\b/],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\bFirefox\/|\bFxiOS\//],
  ['Chrome', /\b(?:Headless)?Chrome\/|\bCriOS\//],
  ['Safari', /\bVersion\/.*\bSafari\//],
]
const SYSTEMS: readonly [name: string, mark: RegExp][] = [
  ['Windows', /\bWindows\b/],
  ['Android', /\bAndroid\b/],
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['macOS', /\bMac ?OS ?X\b|\bMacintosh\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
]
const HAND_HELD = new Set(['Android', 'iPhone', 'iPad'])
const MOST = 60

/** What somebody signed in with, in words they know it by. Programs are called what they call themselves. */
export interface Device {
  browser: string | null
  system: string | null
  handHeld: boolean
  /** The beginning of what it said, for what is none of those. */
  said: string
}

export function deviceOf(userAgent: string): Device {
  const first = (marks: typeof BROWSERS): string | null =>
    marks.find(([, mark]) => mark.test(userAgent))?.[0] ?? null
  const system = first(SYSTEMS)
  const said = userAgent.length > MOST ? `${userAgent.slice(0, MOST)}…` : userAgent
  return { browser: first(BROWSERS), system, handHeld: HAND_HELD.has(system ?? ''), said }
}
