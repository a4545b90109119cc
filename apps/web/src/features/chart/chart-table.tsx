import { columnDigits, formatColumn, formatExact, formatUnit, formatWindow } from '../../format.ts'
import type { ChartModel } from './chart-model.ts'
import { stateWords } from './state-words.ts'

/** The data of a chart as a table: newest first, every window that has begun, with its state. Exact digits on hover and in copies. */
export function ChartTable({ model }: { model: ChartModel }) {
  const digits = columnDigits(model.series.flatMap(({ texts }) => texts))
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
                {formatWindow(window, model.granularity, model.zone)}
              </th>
              <td className="l mut">{stateWords(window.state)}</td>
              {model.series.map(({ key, texts }) => (
                <td key={key} title={texts[index] == null ? undefined : formatExact(texts[index])}>
                  {texts[index] == null ? <span className="mut">no answer</span> : formatColumn(texts[index], digits)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
