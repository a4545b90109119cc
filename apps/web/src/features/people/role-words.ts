// People: who belongs to a space and as what; who runs the platform; invitations.
// Promises: what a role may is said where it is given; nobody is removed without being asked whether they should.
// Does not know: whether an act is allowed; the server decides.

export type RoleName = 'viewer' | 'developer' | 'admin'

/** What each role is called, and what it may. */
export const ROLE_WORDS: Record<RoleName, { label: string; as: string; may: string }> = {
  viewer: { label: 'Viewer', as: 'a viewer', may: 'sees the usage of all apps' },
  developer: {
    label: 'Developer',
    as: 'a developer',
    may: 'works on the apps they contribute to, and sees only these',
  },
  admin: { label: 'Admin', as: 'an admin', may: 'looks after people, apps and keys, and sees costs' },
}
