import { describe, expect, test } from 'vitest'
import { readAuditAnswer } from './audit-answer.ts'

const counted = (counts: object, vulnerabilities = {}) =>
  JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: { vulnerabilities: counts } })

describe('the dependency audit', () => {
  test('fails on what is high or critical, and names it', () => {
    const found = { left: { severity: 'high' }, right: { severity: 'low' }, up: { severity: 'critical' } }
    expect(readAuditAnswer(counted({ low: 1, high: 1, critical: 1 }, found))).toEqual({
      verdict: 'vulnerable',
      words: '2 grave: left, up',
    })
  })

  test('is content with what is lower', () => {
    expect(readAuditAnswer(counted({ low: 3, moderate: 2, high: 0, critical: 0 })).verdict).toBe('well')
  })

  test('that got no answer is neither: it says so', () => {
    const refused = 'npm warn audit\n{"message":"405 Method Not Allowed","statusCode":405,"error":{"summary":""}}'
    expect(readAuditAnswer(refused)).toEqual({
      verdict: 'unknown',
      words: 'the registry told nothing of advisories (405 Method Not Allowed)',
    })
    for (const printed of ['', 'npm error network', '{', '{}']) {
      expect(readAuditAnswer(printed).verdict, printed).toBe('unknown')
    }
  })
})
