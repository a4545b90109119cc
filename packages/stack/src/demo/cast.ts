import type { PopularityRank } from './popularity.ts'

/** Before any plausible event, so that whatever a newcomer sends is attributed. */
export const SINCE = '2000-01-01T00:00:00Z'

export interface CastInstallation {
  key: string
  name: string
  /** Measured and shown, at cost 0. */
  exempt: boolean
}

export interface CastApp {
  slug: string
  name: string
  /** The colour number on every chart, distinct within the space. */
  series: number
  rank: PopularityRank
  /** Hours that the app's customers are ahead of UTC: where its day begins. */
  zoneHours: number
  /** Days of one slow wave of growth and decline, and where in it the app stands (0 to 1) at 1970. */
  trend: { days: number; phase: number; depth: number }
  installations: CastInstallation[]
  databases: { subject: string; gigabytes: number }[]
  containers: { subject: string; vcpu: number; memoryMiB: number }[]
}

export interface CastSpace {
  slug: string
  name: string
  currency: string
  billingZone: string
  apps: CastApp[]
}

export interface CastPerson {
  email: string
  name: string
  space: string | null
  role: 'viewer' | 'developer' | 'admin'
  isBillingAdmin: boolean
  isPlatformAdmin: boolean
}

export const ENVIRONMENTS = [
  { key: 'production', name: 'Production' },
  { key: 'staging', name: 'Staging' },
  { key: 'development', name: 'Development' },
] as const

/** The cast of the demo, all of it invented. The slugs seed its history: a changed slug is another app with another past. */
export const SPACES: readonly CastSpace[] = [
  {
    slug: 'fernline',
    name: 'Fernline',
    currency: 'USD',
    billingZone: 'UTC',
    apps: [
      {
        slug: 'sprint-radar',
        name: 'Sprint Radar',
        series: 1,
        rank: 1,
        zoneHours: 1,
        trend: { days: 310, phase: 0.07, depth: 0.3 },
        installations: [
          { key: 'harbourlight-clinics', name: 'Harbourlight Clinics', exempt: false },
          { key: 'tramway-nord', name: 'Tramway Nord', exempt: false },
          { key: 'oakhollow-schools', name: 'Oakhollow Schools', exempt: false },
          { key: 'fernline-house', name: 'Fernline, our own site', exempt: true },
        ],
        databases: [{ subject: 'radar-main', gigabytes: 38 }],
        containers: [{ subject: 'radar-render-1', vcpu: 2, memoryMiB: 4096 }],
      },
      {
        slug: 'doc-relay',
        name: 'Doc Relay',
        series: 2,
        rank: 40,
        zoneHours: -5,
        trend: { days: 200, phase: 0.1, depth: 0.4 },
        installations: [
          { key: 'harbourlight-clinics', name: 'Harbourlight Clinics', exempt: false },
          { key: 'pinemarket', name: 'Pinemarket', exempt: false },
        ],
        databases: [],
        containers: [{ subject: 'relay-convert-1', vcpu: 1, memoryMiB: 2048 }],
      },
      {
        slug: 'triage-desk',
        name: 'Triage Desk',
        series: 3,
        rank: 150,
        zoneHours: 1,
        trend: { days: 260, phase: 0.35, depth: 0.35 },
        installations: [{ key: 'tramway-nord', name: 'Tramway Nord', exempt: false }],
        databases: [],
        containers: [],
      },
      {
        slug: 'asset-ledger',
        name: 'Asset Ledger',
        series: 4,
        rank: 1500,
        zoneHours: 9,
        trend: { days: 400, phase: 0.8, depth: 0.25 },
        installations: [{ key: 'kitano-freight', name: 'Kitano Freight', exempt: false }],
        databases: [],
        containers: [],
      },
    ],
  },
  {
    slug: 'quarry-lane',
    name: 'Quarry Lane',
    currency: 'USD',
    billingZone: 'UTC',
    apps: [
      {
        slug: 'billing-sync',
        name: 'Billing Sync',
        series: 1,
        rank: 10,
        zoneHours: 1,
        trend: { days: 280, phase: 0.9, depth: 0.3 },
        installations: [
          { key: 'mill-and-meadow', name: 'Mill & Meadow', exempt: false },
          { key: 'quarry-lane-tests', name: 'Quarry Lane, acceptance tests', exempt: true },
        ],
        databases: [{ subject: 'sync-main', gigabytes: 21 }],
        containers: [],
      },
      {
        slug: 'chart-embed',
        name: 'Chart Embed',
        series: 2,
        rank: 500,
        zoneHours: -8,
        trend: { days: 180, phase: 0.45, depth: 0.45 },
        installations: [{ key: 'saltgrass-media', name: 'Saltgrass Media', exempt: false }],
        databases: [],
        containers: [],
      },
    ],
  },
]

export const DEMO_SPACE = 'fernline'

/** The first is who a newcomer signs in as; the second runs the platform. */
export const DEVELOPER: CastPerson = {
  email: 'demo@fernline.example',
  name: 'Dana Fern',
  space: DEMO_SPACE,
  role: 'admin',
  isBillingAdmin: true,
  isPlatformAdmin: false,
}
export const ADMIN: CastPerson = {
  email: 'admin@meterbook.example',
  name: 'Platform Admin',
  space: null,
  role: 'admin',
  isBillingAdmin: false,
  isPlatformAdmin: true,
}
export const OTHERS: readonly CastPerson[] = [
  {
    email: 'viewer@fernline.example',
    name: 'Vero Lindqvist',
    space: DEMO_SPACE,
    role: 'viewer',
    isBillingAdmin: false,
    isPlatformAdmin: false,
  },
  {
    email: 'demo@quarry-lane.example',
    name: 'Quentin Reyes',
    space: 'quarry-lane',
    role: 'admin',
    isBillingAdmin: true,
    isPlatformAdmin: false,
  },
]
