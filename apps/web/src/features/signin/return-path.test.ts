import { describe, expect, it } from 'vitest'
import { readReturnPath } from './return-path.ts'

describe('return path', () => {
  it('a page of ours is returned to, with its query', () => {
    expect(readReturnPath('/s/fernline/apps/x?range=7d&tz=Asia%2FKolkata')).toBe(
      '/s/fernline/apps/x?range=7d&tz=Asia%2FKolkata',
    )
  })
  it('nobody is sent to another origin after signing in', () => {
    for (const path of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      'javascript:alert(1)',
      '/\t/evil.example',
      '/a\\b',
      '',
    ])
      expect(readReturnPath(path)).toBe('/')
  })
  it('signing in does not lead back to signing in', () => {
    expect(readReturnPath('/sign-in?next=/')).toBe('/')
  })
})
