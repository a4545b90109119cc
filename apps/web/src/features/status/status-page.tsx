import { Glyph, PulseGlyph } from '../../components/ui/glyph.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { formatClock, formatCount, formatDuration, formatMoment } from '../../format.ts'
import { LatencyHistory } from './latency-history.tsx'
import type { LatencyBar, StatusIncident, StatusStage, StatusView } from './status-view.ts'
import { headline, incidentTitle, latencyWords, STAGES } from './status-words.ts'

/** How far counting has come now, how fast it was today and over 90 days, and what went wrong. */
export function StatusPage({ view }: { view: StatusView }) {
  const { state, words } = headline(view)
  return (
    <main id="main" className="status" tabIndex={-1}>
      <div className="head khead">
        <h1>Status</h1>
        <span className="sub">as of {formatClock(view.asOf, 'UTC')} UTC</span>
        <p className="end acts">
          <a className="btn line" href="/status/feed.xml">
            RSS
          </a>
        </p>
      </div>
      <p className={`verdict ${state === 'good' ? 'good' : state === 'late' ? 'warn' : 'mut'}`}>
        {state === 'good' ? <PulseGlyph isLate={false} /> : <Glyph name="warn" />} {words}
      </p>
      {view.stages === null ? (
        <Notice tone="warning" title="The stages cannot be read now">
          A store does not answer. What was acknowledged is on disk; how far it has come will be shown once it can be
          read.
        </Notice>
      ) : (
        <Stages stages={view.stages} />
      )}
      {view.history === null ? (
        <Notice tone="warning" title="The history cannot be read now">
          This says nothing of how fast counting was: the measurements are kept, and will be shown again.
        </Notice>
      ) : (
        <>
          <Today today={view.history.today} />
          <LatencyHistory bars={view.history.hours} unit="hour" title="Event to chart, the last 24 hours" />
          <LatencyHistory bars={view.history.days} unit="day" title="Event to chart, the last 90 days" />
          <Incidents incidents={view.history.incidents} />
        </>
      )}
    </main>
  )
}

function Stages({ stages }: { stages: readonly StatusStage[] }) {
  return (
    <section aria-labelledby="stages">
      <h2 className="q" id="stages">
        How far each stage is
      </h2>
      <dl className="stages">
        {stages.map(({ name, through, behindMs, state }) => (
          <div key={name}>
            <dt>{STAGES[name].name}</dt>
            <dd>
              <span className="num">{through === null ? 'never yet' : `${formatMoment(through, 'UTC')} UTC`}</span>
              {behindMs === null ? null : (
                <span className={state === 'late' ? 'warn' : 'good'}>
                  {behindMs < 1_000 ? 'nothing waits' : `${formatDuration(behindMs)} behind`}
                </span>
              )}
              {behindMs === null && state === 'late' ? <span className="warn">differences are open</span> : null}
              <span className="sub">{STAGES[name].says}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function Today({ today }: { today: LatencyBar }) {
  const figures = [
    ['Half', today.p50, 2_000],
    ['95 %', today.p95, 5_000],
    ['99 %', today.p99, 10_000],
  ] as const
  return (
    <section aria-labelledby="today">
      <h2 className="q" id="today">
        Event to chart today{' '}
        <span className="end">
          {today.state === 'unavailable'
            ? 'not measured yet'
            : `${formatCount(today.events)} events, since midnight UTC`}
        </span>
      </h2>
      <div className="lat3">
        {figures.map(([name, ms, goalMs]) => (
          <p key={name}>
            <span className="sub">{name} within</span>
            <span className="mid">{latencyWords(ms)}</span>
            <span className="sub">
              goal {latencyWords(goalMs)}
              {ms === null ? '' : ms <= goalMs ? ', met' : ', missed'}
            </span>
          </p>
        ))}
      </div>
      <p className="sub">
        From the moment an event was received to the moment from which every chart and answer includes it. Bounds are
        rounded up by at most a fifth; open pages repaint at most once a second.
      </p>
    </section>
  )
}

function Incidents({ incidents }: { incidents: readonly StatusIncident[] }) {
  return (
    <section aria-labelledby="incidents">
      <h2 className="q" id="incidents">
        Incidents of the last 90 days
      </h2>
      {incidents.length === 0 ? (
        <p className="sub">None. Charts were never more than a minute behind, and no comparison found a difference.</p>
      ) : (
        <ol className="incidents">
          {incidents.map((incident) => (
            <li key={`${incident.kind} ${incident.startedAt} ${incident.what} ${incident.meter}`}>
              <p>
                <b>{incidentTitle(incident)}</b>{' '}
                <span className={incident.endedAt === null ? 'warn' : 'good'}>
                  {incident.endedAt === null ? 'open' : 'resolved'}
                </span>
              </p>
              <p className="sub">
                {formatMoment(incident.startedAt, 'UTC')}
                {incident.endedAt === null ? ' UTC' : ` to ${formatMoment(incident.endedAt, 'UTC')} UTC`}
                {incident.meter === null ? ' · all meters' : ` · meter ${incident.meter}`}
                {incident.hours === null
                  ? ''
                  : ` · usage of ${formatMoment(incident.hours.from, 'UTC')} to ${formatMoment(incident.hours.to, 'UTC')}`}
              </p>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
