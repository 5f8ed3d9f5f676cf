/** What may stand beside a chat. It stands in the address, so that "back" closes it. */
export const PANELS = ['people', 'search', 'settings'] as const
export type Panel = (typeof PANELS)[number]

export function panelOf(query: unknown): Panel | null {
  return PANELS.find((panel) => panel === query) ?? null
}
