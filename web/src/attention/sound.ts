/** Two soft notes, a fifth apart: heard, but nothing to jump at. */
const NOTES = [
  { hertz: 659.26, at: 0 },
  { hertz: 987.77, at: 0.11 },
]
/** At full volume. */
const LOUDNESS = 0.2
const LENGTH_S = 0.5
/** A burst of messages is one event for the ear. */
const PAUSE_MS = 1_500

const TOUCHES = ['pointerdown', 'keydown'] as const

let audio: AudioContext | null = null
let lastPlayed = -Infinity

/** Browsers let a page make sounds only after one touched it: to be called once at the start. */
export function allowSoundOnFirstTouch(): void {
  const allow = (): void => {
    audio ??= new AudioContext()
    void audio.resume()
    for (const touch of TOUCHES) removeEventListener(touch, allow, true)
  }
  // Before anything that may keep the event to itself.
  for (const touch of TOUCHES) addEventListener(touch, allow, true)
}

/** `volume` from 0 to 100. */
export function playChime(volume: number): void {
  const now = performance.now()
  if (!audio || volume <= 0 || now - lastPlayed < PAUSE_MS) return
  lastPlayed = now
  // Some browsers put it to sleep while the page is hidden.
  void audio.resume()
  // The ear hears tenfold as double.
  const loudness = LOUDNESS * (volume / 100) ** 2
  for (const { hertz, at } of NOTES) playNote(audio, hertz, audio.currentTime + at, loudness)
}

/** At once, however lately there was another one: somebody wants to hear how loud it is. */
export function tryChime(volume: number): void {
  lastPlayed = -Infinity
  playChime(volume)
}

function playNote(context: AudioContext, hertz: number, start: number, loudness: number): void {
  const tone = context.createOscillator()
  const volume = context.createGain()
  tone.type = 'sine'
  tone.frequency.value = hertz
  volume.gain.setValueAtTime(0, start)
  volume.gain.linearRampToValueAtTime(loudness, start + 0.015)
  volume.gain.exponentialRampToValueAtTime(0.0001, start + LENGTH_S)
  tone.connect(volume).connect(context.destination)
  tone.start(start)
  tone.stop(start + LENGTH_S)
}
