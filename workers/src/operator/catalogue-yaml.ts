import {
  CATALOGUE_FORMAT,
  type CatalogueFault,
  type CatalogueFile,
  readCatalogueDocument,
} from '@meterbook/core/catalogue-file'
import { isNode, LineCounter, parseDocument, stringify } from 'yaml'

/** A fault at its place in the text: `12:5 expected …, found …`, lines and columns from 1. */
export interface PlacedFault {
  line: number
  column: number
  message: string
}

export type ReadCatalogue =
  | { ok: true; file: CatalogueFile; place(fault: CatalogueFault): PlacedFault }
  | { ok: false; faults: PlacedFault[] }

/** Reads a catalogue from YAML, of which JSON is a part. */
export function readCatalogueYaml(text: string): ReadCatalogue {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0) {
    const faults = document.errors.map(({ pos, message }) => {
      const { line, col } = lines.linePos(pos[0])
      return { line, column: col, message: `expected YAML, found that ${message}` }
    })
    return { ok: false, faults }
  }
  const place = ({ at, message }: CatalogueFault): PlacedFault => {
    const { line, col } = lines.linePos(offsetOf(at))
    return { line, column: col, message: `${at.length === 0 ? '' : `${at.join('.')}: `}${message}` }
  }
  const read = readCatalogueDocument(document.toJS({ maxAliasCount: ALIASES_MAX }))
  return read.ok ? { ...read, place } : { ok: false, faults: read.faults.map(place) }

  /** Of what stands there, or of the nearest that is around it: what is missing has no place of its own. */
  function offsetOf(path: CatalogueFault['at']): number {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true)
      if (isNode(node) && node.range) return node.range[0]
    }
    return 0
  }
}

/** A file in which one part is repeated by reference many times is not a catalogue. */
const ALIASES_MAX = 100

/** What stands above a catalogue that is written. */
const HEAD = `# yaml-language-server: $schema=catalogue.schema.json
# The catalogue of a Meterbook. Applied by: npm run meterbook -- apply FILE
`

/** The catalogue as YAML that reads back as the same; what is usual is left out. */
export function writeCatalogueYaml(file: CatalogueFile): string {
  const { capabilities, meters, priceBooks, spaces, apps } = file
  const document = {
    format: CATALOGUE_FORMAT,
    capabilities,
    meters: meters.map(({ archived, versions, ...meter }) => ({
      ...meter,
      ...onlyIf(archived, { archived }),
      versions: versions.map(({ divisor, groupBy, subjectRequired, ...version }) => ({
        ...version,
        ...onlyIf(divisor !== '1', { divisor }),
        ...onlyIf(Object.keys(groupBy).length > 0, { groupBy }),
        ...onlyIf(subjectRequired, { subjectRequired }),
      })),
    })),
    priceBooks: priceBooks.map(({ prices, ...book }) => ({
      ...book,
      prices: prices.map(({ capability, versions }) => ({
        capability,
        versions: versions.map(({ packaging, ...version }) => ({
          ...version,
          ...onlyIf(packaging !== 'exact', { packaging }),
        })),
      })),
    })),
    spaces: spaces.map(({ archived, subscriptions, terms, ...space }) => ({
      ...space,
      ...onlyIf(archived, { archived }),
      subscriptions,
      ...onlyIf(terms.length > 0, { terms }),
    })),
    apps: apps.map(({ archived, installations, ...app }) => ({
      ...app,
      ...onlyIf(archived, { archived }),
      installations: installations.map(({ exempt, ...site }) => ({ ...site, ...onlyIf(exempt, { exempt }) })),
    })),
  }
  return HEAD + stringify(shortInstants(document), { lineWidth: 120, aliasDuplicateObjects: false })
}

function onlyIf<T extends object>(isSo: boolean, members: T): T | object {
  return isSo ? members : {}
}

const WHOLE_SECOND = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.000000Z$/

/** The store gives six digits to every second. */
function shortInstants(node: unknown): unknown {
  if (typeof node === 'string') return node.replace(WHOLE_SECOND, '$1Z')
  if (Array.isArray(node)) return node.map(shortInstants)
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, shortInstants(value)]))
}
