// On what people look.

export const DESKTOP = { width: 1280, height: 800 }
export const PHONE = { width: 390, height: 844 }
/** The narrowest there is. */
const NARROW = { width: 320, height: 640 }

export const VIEWS = [
  ['desktop', DESKTOP],
  ['phone', PHONE],
  ['narrow', NARROW],
]
export const THEMES = ['light', 'dark']
