'use server'
import { cookies } from 'next/headers'
import { readTheme, THEME_COOKIE, THEME_COOKIE_SECONDS } from '../features/frame/theme.ts'

/** Keeps the chosen theme in a cookie that the root layout reads. For browsers without script; with it, the switch writes it itself. */
export async function chooseTheme(form: FormData): Promise<void> {
  const theme = readTheme(String(form.get('theme')))
  ;(await cookies()).set(THEME_COOKIE, theme, { path: '/', maxAge: THEME_COOKIE_SECONDS, sameSite: 'lax' })
}
