// Frame: what stands around every page: navigation, the bar, the theme.
// Promises: it works from 320 px up, by keyboard, in both themes.
// Does not know: what a page shows.

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]
export const THEME_COOKIE = 'theme'
export const THEME_COOKIE_SECONDS = 60 * 60 * 24 * 400

/** What is not one of the three is the system's choice. */
export function readTheme(value: string | undefined): Theme {
  return THEMES.find((theme) => theme === value) ?? 'system'
}
