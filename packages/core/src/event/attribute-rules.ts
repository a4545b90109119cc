/** Why an attribute's text is not what CloudEvents 1.0 asks for. The code goes to the sender, with the attribute's name. */
export type AttributeFault = { code: 'empty' | 'character' | 'format' | 'version'; message: string }

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/
const FORBIDDEN = /[\p{Cc}\p{Noncharacter_Code_Point}\p{Cs}]/u

/** CloudEvents String: no control characters, no noncharacters, no unpaired surrogates. Emoji, BOM and the like are fine. */
export function stringFault(text: string): AttributeFault | undefined {
  if (PRINTABLE_ASCII.test(text) || !FORBIDDEN.test(text)) return undefined
  return { code: 'character', message: 'expected no control characters, noncharacters or unpaired surrogates' }
}

/** A String that says something; white space is kept and counts. */
export function filledStringFault(text: string): AttributeFault | undefined {
  return text === '' ? EMPTY : stringFault(text)
}

export function specVersionFault(text: string): AttributeFault | undefined {
  if (text === '1.0') return undefined
  return text === '' ? EMPTY : { code: 'version', message: 'expected "1.0"' }
}

/** RFC 3986 URI-reference: absolute, relative or path only. Kept as written, never normalised. */
export function uriReferenceFault(text: string): AttributeFault | undefined {
  if (text === '') return EMPTY
  return isUriReference(text) ? undefined : { code: 'format', message: 'expected a URI-reference of RFC 3986' }
}

/** An absolute URI; a fragment is allowed. */
export function uriFault(text: string): AttributeFault | undefined {
  if (text === '') return EMPTY
  return SCHEME.test(text) && isUriReference(text)
    ? undefined
    : { code: 'format', message: 'expected an absolute URI of RFC 3986' }
}

export function mediaTypeFault(text: string): AttributeFault | undefined {
  if (text === '') return EMPTY
  return MEDIA_TYPE.test(text)
    ? undefined
    : { code: 'format', message: 'expected a media type, such as application/json' }
}

/** Standard alphabet, padded, nothing else: decoders that skip odd characters would read what was not sent. */
export function base64Fault(text: string): AttributeFault | undefined {
  if (text.length % 4 === 0 && BASE64.test(text)) return undefined
  return { code: 'format', message: 'expected base64 of RFC 4648, standard alphabet, with padding' }
}

const EMPTY: AttributeFault = { code: 'empty', message: 'expected at least one character' }

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const MEDIA_TYPE = new RegExp(
  `^${TOKEN}/${TOKEN}(?:[ \\t]*;[ \\t]*${TOKEN}=(?:${TOKEN}|"(?:[^"\\\\\\x00-\\x1f\\x7f]|\\\\[\\x20-\\x7e])*"))*[ \\t]*$`,
)

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/
const PCHAR = "[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}"
/** Path, query and fragment. */
const TAIL = new RegExp(`^(?:/|${PCHAR})*(?:\\?(?:[/?]|${PCHAR})*)?(?:#(?:[/?]|${PCHAR})*)?$`)
const USER_INFO_OR_NAME = /^(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*$/
const NAME_AND_PORT = /^(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*(?::\d*)?$/
const LITERAL_AND_PORT = /^\[([^\]]*)\](?::\d*)?$/

function isUriReference(text: string): boolean {
  const scheme = SCHEME.exec(text)
  let rest = scheme === null ? text : text.slice(scheme[0].length)
  if (rest.startsWith('//')) {
    const end = rest.slice(2).search(/[/?#]/)
    const authority = end < 0 ? rest.slice(2) : rest.slice(2, 2 + end)
    if (!isAuthority(authority)) return false
    rest = end < 0 ? '' : rest.slice(2 + end)
  } else if (scheme === null && /^[^/?#]*:/.test(rest)) {
    return false // a colon before the first slash would make a scheme of what is none
  }
  return TAIL.test(rest)
}

function isAuthority(authority: string): boolean {
  const at = authority.lastIndexOf('@')
  if (at >= 0 && !USER_INFO_OR_NAME.test(authority.slice(0, at))) return false
  const host = authority.slice(at + 1)
  if (!host.startsWith('[')) return NAME_AND_PORT.test(host)
  const literal = LITERAL_AND_PORT.exec(host)?.[1]
  return literal !== undefined && (isIpv6(literal) || /^v[0-9A-Fa-f]+\.[A-Za-z0-9._~!$&'()*+,;=:-]+$/i.test(literal))
}

/** Eight groups of up to four hex digits, one run of them shortened to `::`, the last two perhaps as an IPv4 address. */
function isIpv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2) return false
  let groups = 0
  for (const [h, half] of halves.entries()) {
    if (half === '') continue
    const parts = half.split(':')
    for (const [p, part] of parts.entries()) {
      const isLast = h === halves.length - 1 && p === parts.length - 1
      if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups += 1
      else if (isLast && isIpv4(part)) groups += 2
      else return false
    }
  }
  return halves.length === 2 ? groups <= 7 : groups === 8
}

function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
}
