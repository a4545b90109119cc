import interLatin from '@fontsource-variable/inter/files/inter-latin-opsz-normal.woff2'
import { preload } from 'react-dom'

/** Asks for the text font with the first bytes of the page, so that the first paint is already in it and nothing moves. */
export function preloadFonts(): void {
  preload(typeof interLatin === 'string' ? interLatin : interLatin.src, {
    as: 'font',
    type: 'font/woff2',
    crossOrigin: 'anonymous',
  })
}
