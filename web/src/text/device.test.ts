import { describe, expect, it } from 'vitest'
import { deviceOf } from './device'

const MOZILLA = 'Mozilla/5.0'

describe('a device', () => {
  it.each([
    [`${MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0`, 'Firefox', 'Linux', false],
    [
      `${MOZILLA} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0`,
      'Edge',
      'Windows',
      false,
    ],
    [
      `${MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15`,
      'Safari',
      'macOS',
      false,
    ],
    [
      `${MOZILLA} (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0 Mobile/15E148 Safari/604.1`,
      'Chrome',
      'iPhone',
      true,
    ],
    [
      `${MOZILLA} (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36`,
      'Samsung Internet',
      'Android',
      true,
    ],
    [
      `${MOZILLA} (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36`,
      'Chrome',
      'Linux',
      false,
    ],
    ['curl/8.14.1', null, null, false],
    ['', null, null, false],
  ])('%j is %s on %s', (said, browser, system, handHeld) => {
    expect(deviceOf(said)).toMatchObject({ browser, system, handHeld })
  })

  it('that says much is cut short', () => {
    expect(deviceOf('x'.repeat(500)).said).toHaveLength(61)
  })
})
