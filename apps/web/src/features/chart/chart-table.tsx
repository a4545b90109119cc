import Link from 'next/link'
import { columnDigits, formatColumn, formatExact, formatMoment, formatUnit, formatWindow } from '../../format.ts'
import { type ChartModel, type ChartWindow, marksWithin } from './chart-model.ts'
import { stateWords } from './state-words.ts'

type Props = {
  model: ChartModel
  /** A way into a window, by its place; left out: none. */
  linkOf?: (index: number) => string
  /** What there is to say of a window beside its state. */
  noteOf?: (index: number) => string
  /** How a figure is written; left out: as a number, the points of a column below each other. */
  figureOf?: (text: string) => string
}

/** The data of a chart as a table: newest first, every window that has begun, with its state and marks. Exact digits on hover and in copies. */
export function ChartTable({ model, linkOf, noteOf, figureOf }: Props) {
  const digits = columnDigits(model.series.flatMap(({ texts }) => texts))
  const write = figureOf ?? ((text: string) => formatColumn(text, digits))
  const rows = model.windows.flatMap((window, index) => (window.state === 'ahead' ? [] : [{ window, index }])).reverse()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section className="tbl tall" aria-label={`${model.title}, table`} tabIndex={0}>
      <table>
        <caption className="sub">
          <span className="vh">{model.title}, </span>in {formatUnit(model.unit)}
        </caption>
        <thead>
          <tr>
            <th scope="col" className="l">
              {model.granularity === 'day' ? 'Day' : 'Time'}
            </th>
            <th scope="col" className="l">
              State
            </th>
            {model.series.map(({ key, name }) => (
              <th key={key} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ window, index }) => (
            <tr key={window.start}>
              <th scope="row" className="l">
                <Time model={model} window={window} href={linkOf?.(index)} />
              </th>
              <td className="l mut">
                {stateWords(window.state)}
                {noteOf?.(index)}
                <MarksOf model={model} window={window} />
              </td>
              {model.series.map(({ key, texts }) => (
                <td key={key} className={key === 'all' ? 'm' : undefined}>
                  <Figure text={texts[index] ?? null} {...{ model, window, write }} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Time({ model, window, href }: { model: ChartModel; window: ChartWindow; href: string | undefined }) {
  const words = formatWindow(window, model.granularity, model.zone)
  if (href === undefined) return words
  return (
    <Link href={href} prefetch={false} scroll={false} title="Look into it">
      {words}
    </Link>
  )
}

function MarksOf({ model: { marks = [], zone }, window }: { model: ChartModel; window: ChartWindow }) {
  return marksWithin(marks, window).map(({ at, text }) => (
    <span className="markline" key={`${at} ${text}`}>
      {formatMoment(at, zone)}: {text}
    </span>
  ))
}

type FigureProps = { text: string | null; model: ChartModel; window: ChartWindow; write: (text: string) => string }

function Figure({ text, model, window, write }: FigureProps) {
  if (text === null) return <span className="mut">{window.state === 'unavailable' ? 'not counted' : 'no value'}</span>
  return <span title={`${formatExact(text)} ${model.unit}`}>{write(text)}</span>
}
