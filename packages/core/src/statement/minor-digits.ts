/** ISO 4217: currencies whose smallest unit is not a hundredth. */
const WITHOUT_MINOR = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'
const THOUSANDTHS = 'BHD IQD JOD KWD LYD OMR TND'

/** Digits after the point of an amount that can be paid in a currency (ISO 4217 code): 0, 2 or 3. */
export function minorDigitsOf(currency: string): 0 | 2 | 3 {
  if (WITHOUT_MINOR.split(' ').includes(currency)) return 0
  return THOUSANDTHS.split(' ').includes(currency) ? 3 : 2
}
