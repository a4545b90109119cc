import { describe, expect, it } from 'vitest'
import { securityHeaders } from './security-headers.ts'

const policyOf = (isHttps: boolean) => securityHeaders({ nonce: 'n0nce', isHttps })['Content-Security-Policy'] ?? ''

describe('security headers', () => {
  it('a page cannot load or send anything off its origin', () => {
    expect(policyOf(true)).not.toMatch(/https?:|\*|unsafe-eval/)
    expect(policyOf(true)).toContain(`default-src 'none'`)
  })
  it('a script without the nonce of this answer does not run', () => {
    const scripts = policyOf(false)
      .split('; ')
      .find((directive) => directive.startsWith('script-src'))
    expect(scripts).toBe(`script-src 'self' 'nonce-n0nce'`)
  })
  it('no page of ours can be framed', () => {
    expect(policyOf(false)).toContain(`frame-ancestors 'none'`)
    expect(securityHeaders({ nonce: 'x', isHttps: false })['X-Frame-Options']).toBe('DENY')
  })
  it('plain http is neither upgraded nor remembered as https', () => {
    expect(policyOf(false)).not.toContain('upgrade-insecure-requests')
    expect(securityHeaders({ nonce: 'x', isHttps: false })).not.toHaveProperty('Strict-Transport-Security')
  })
})
