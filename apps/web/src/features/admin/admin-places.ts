// Admin: the desk of those who run the platform.
// Promises: every page is beneath /admin, and for anyone else there is nothing there; what asks for attention first is what costs most.
// Does not know: what an act does; the server decides, and writes down who did it.

/** The pages of the desk, in the order of the navigation. */
export const ADMIN_PLACES: readonly { name: string | null; places: readonly { path: string; label: string }[] }[] = [
  { name: null, places: [{ path: '/admin', label: 'Desk' }] },
  {
    name: 'Catalogue',
    places: [
      { path: '/admin/spaces', label: 'Developer spaces' },
      { path: '/admin/apps', label: 'Apps' },
      { path: '/admin/meters', label: 'Meters' },
      { path: '/admin/prices', label: 'Price books' },
      { path: '/admin/entitlements', label: 'Entitlements' },
    ],
  },
  {
    name: 'Usage',
    places: [
      { path: '/admin/quarantine', label: 'Quarantine' },
      { path: '/admin/corrections', label: 'Corrections' },
      { path: '/admin/periods', label: 'Period close' },
      { path: '/admin/reconciliation', label: 'Reconciliation' },
    ],
  },
  {
    name: 'Machine',
    places: [
      { path: '/admin/pipeline', label: 'Pipeline' },
      { path: '/admin/queues', label: 'Queues' },
    ],
  },
  {
    name: 'People',
    places: [
      { path: '/admin/people', label: 'People' },
      { path: '/admin/keys', label: 'Service keys' },
      { path: '/admin/proposals', label: 'Proposals' },
      { path: '/admin/audit', label: 'Audit log' },
    ],
  },
]
