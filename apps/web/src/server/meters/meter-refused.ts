/** Why something about a meter is turned down, in words for whoever asked. */
export class MeterRefused extends Error {
  override name = 'MeterRefused'
  readonly code: 'invalid' | 'not_found' | 'conflict'

  constructor(code: MeterRefused['code'], message: string) {
    super(message)
    this.code = code
  }
}
