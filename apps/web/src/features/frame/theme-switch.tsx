'use client'
import { useState } from 'react'
import { chooseTheme } from '../../server/theme-action.ts'
import { THEME_COOKIE, THEME_COOKIE_SECONDS, THEMES, type Theme } from './theme.ts'

const NAMES: Record<Theme, string> = { system: 'System', light: 'Light', dark: 'Dark' }

/** Three buttons. With script the page changes at once; without, the form does the same by a round trip. */
export function ThemeSwitch({ theme }: { theme: Theme }) {
  const [chosen, setChosen] = useState(theme)
  const choose = (next: Theme) => {
    setChosen(next)
    if (next === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = next
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser we serve
    document.cookie = `${THEME_COOKIE}=${next}; path=/; max-age=${THEME_COOKIE_SECONDS}; samesite=lax`
  }
  return (
    <form action={chooseTheme}>
      <fieldset className="seg">
        <legend className="vh">Theme</legend>
        {THEMES.map((option) => (
          <button
            key={option}
            type="submit"
            name="theme"
            value={option}
            aria-pressed={option === chosen}
            onClick={(event) => {
              event.preventDefault()
              choose(option)
            }}
          >
            {NAMES[option]}
          </button>
        ))}
      </fieldset>
    </form>
  )
}
