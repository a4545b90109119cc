import { isHeldByDouble } from './canonical.ts'
import { ExactNumber, type JsonObject, type JsonValue } from './json-value.ts'

/**
 * `json`: not JSON at all. `duplicate`: a member twice in one object. `depth`: nested too deeply. `character`: NUL or
 * an unpaired surrogate, which no UTF-8 column can hold. `fraction`: a direct member of the outermost object is a
 * number not written as an integer (1.5, but also 1.0 and 1e2), a difference that a double forgets.
 * `path` names the member; empty for the text as a whole.
 */
export type JsonIssue = {
  code: 'json' | 'duplicate' | 'depth' | 'character' | 'fraction'
  path: (string | number)[]
  message: string
}
/** A value with its issues: the value is complete, save that of two equal members the last is kept, and that what is too deep is null. */
export type ParsedJson = { ok: true; value: JsonValue; issues: JsonIssue[] } | { ok: false; issue: JsonIssue }

const ISSUES_MAX = 20

/**
 * RFC 8259 to the letter, character by character: no trailing text, no BOM, no comments, no bare control characters.
 * Linear in the text; recursion is bounded by `depthMax` (containers inside one another), what is deeper is only checked.
 */
export function parseJsonCarefully(text: string, depthMax: number): ParsedJson {
  const parser = new JsonParser(text, depthMax)
  try {
    const value = parser.document()
    return { ok: true, value, issues: parser.issues }
  } catch (fault) {
    if (!(fault instanceof NotJson)) throw fault
    return { ok: false, issue: { code: 'json', path: [], message: fault.message } }
  }
}

class NotJson extends Error {}

class JsonParser {
  readonly issues: JsonIssue[] = []
  private readonly text: string
  private readonly depthMax: number
  private readonly path: (string | number)[] = []
  private at = 0

  constructor(text: string, depthMax: number) {
    this.text = text
    this.depthMax = depthMax
  }

  document(): JsonValue {
    this.blanks()
    const value = this.value(0)
    this.blanks()
    if (this.at < this.text.length) this.fail('the end of the text')
    return value
  }

  private value(depth: number): JsonValue {
    switch (this.text[this.at]) {
      case '{':
        return depth === this.depthMax ? this.tooDeep() : this.object(depth + 1)
      case '[':
        return depth === this.depthMax ? this.tooDeep() : this.array(depth + 1)
      case '"':
        return this.checkedString()
      case 't':
        return this.word('true', true)
      case 'f':
        return this.word('false', false)
      case 'n':
        return this.word('null', null)
      default:
        return this.number(depth)
    }
  }

  private object(depth: number): JsonValue {
    const object: JsonObject = {}
    this.at++
    this.blanks()
    if (this.take('}')) return object
    for (;;) {
      const name = this.string()
      this.path.push(name)
      if (!name.isWellFormed() || name.includes('\u0000'))
        this.report('character', 'a name of Unicode characters other than NUL')
      if (Object.hasOwn(object, name)) this.report('duplicate', 'each member once')
      this.blanks()
      if (!this.take(':')) this.fail('":"')
      this.blanks()
      setMember(object, name, this.value(depth))
      this.path.pop()
      this.blanks()
      if (this.take('}')) return object
      if (!this.take(',')) this.fail('"," or "}"')
      this.blanks()
    }
  }

  private array(depth: number): JsonValue {
    const array: JsonValue[] = []
    this.at++
    this.blanks()
    if (this.take(']')) return array
    for (;;) {
      this.path.push(array.length)
      array.push(this.value(depth))
      this.path.pop()
      this.blanks()
      if (this.take(']')) return array
      if (!this.take(',')) this.fail('"," or "]"')
      this.blanks()
    }
  }

  private number(depth: number): JsonValue {
    NUMBER.lastIndex = this.at
    const match = NUMBER.exec(this.text)
    if (match === null) this.fail('a JSON value')
    const text = match[0]
    this.at += text.length
    const isInteger = match[1] === undefined && match[2] === undefined
    if (!isInteger && depth === 1 && this.path.length === 1) this.report('fraction', 'an integer')
    if (text.length <= 15 && match[2] === undefined) return Number(text)
    return text.length <= COMPARED_LENGTH_MAX && isHeldByDouble(text) ? Number(text) : new ExactNumber(text)
  }

  private checkedString(): string {
    const value = this.string()
    if (!value.isWellFormed() || value.includes('\u0000')) this.report('character', 'Unicode characters other than NUL')
    return value
  }

  /** The value of a string literal; escapes are resolved by the platform once the literal is known to be well formed. */
  private string(): string {
    const from = this.at
    if (!this.take('"')) this.fail('a string')
    let hasEscape = false
    for (;;) {
      const c = this.text.charCodeAt(this.at)
      if (c === QUOTE) break
      if (!(c >= 32)) this.fail('a character of a string') // a control character, or the end of the text
      if (c === BACKSLASH) {
        hasEscape = true
        ESCAPE.lastIndex = this.at
        if (!ESCAPE.test(this.text)) this.fail('an escape')
        this.at = ESCAPE.lastIndex
      } else {
        this.at++
      }
    }
    this.at++
    return hasEscape ? (JSON.parse(this.text.slice(from, this.at)) as string) : this.text.slice(from + 1, this.at - 1)
  }

  private word<T extends JsonValue>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.fail('a JSON value')
    this.at += word.length
    return value
  }

  /** Checks the syntax of what is too deep without building it or recursing: 10 MB of brackets must not end the process. */
  private tooDeep(): null {
    this.report('depth', `at most ${this.depthMax} levels`)
    const isObject: boolean[] = []
    for (;;) {
      this.blanks()
      if (this.take('{')) {
        isObject.push(true)
        this.blanks()
        if (!this.take('}')) {
          this.memberName()
          continue
        }
        isObject.pop()
      } else if (this.take('[')) {
        isObject.push(false)
        this.blanks()
        if (!this.take(']')) continue
        isObject.pop()
      } else {
        this.scalar()
      }
      // A value has ended: close what ends with it, until a comma asks for the next one.
      for (;;) {
        if (isObject.length === 0) return null
        this.blanks()
        const inObject = isObject[isObject.length - 1] === true
        if (this.take(',')) {
          this.blanks()
          if (inObject) this.memberName()
          break
        }
        if (!this.take(inObject ? '}' : ']')) this.fail(inObject ? '"," or "}"' : '"," or "]"')
        isObject.pop()
      }
    }
  }

  private memberName(): void {
    this.string()
    this.blanks()
    if (!this.take(':')) this.fail('":"')
  }

  private scalar(): void {
    const c = this.text[this.at]
    if (c === '"') this.string()
    else if (c === 't') this.word('true', true)
    else if (c === 'f') this.word('false', false)
    else if (c === 'n') this.word('null', null)
    else this.number(-1)
  }

  private blanks(): void {
    for (;;) {
      const c = this.text.charCodeAt(this.at)
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return
      this.at++
    }
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false
    this.at++
    return true
  }

  private report(code: JsonIssue['code'], expected: string): void {
    if (this.issues.length < ISSUES_MAX)
      this.issues.push({ code, path: [...this.path], message: `expected ${expected}` })
  }

  private fail(expected: string): never {
    throw new NotJson(`expected ${expected} at character ${this.at + 1} of ${this.text.length}`)
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const QUOTE = 34
const BACKSLASH = 92
/** No double prints so long: such a number keeps its text without being compared. */
const COMPARED_LENGTH_MAX = 400

/** Plain assignment to `__proto__` would set the prototype; JSON.parse makes it a member, and so do we. */
function setMember(object: JsonObject, name: string, value: JsonValue): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
  } else {
    object[name] = value
  }
}
