// People: members, invitations, admins of the platform, and who looks on as whom.
// Promises: an act is part of the caller's transaction and audited in it; a right that is taken away is told to every process.
// Does not know: passwords, sessions, cookies, who may ask.
export { listenToChannel } from './channel-news.ts'
export {
  acceptInvitation,
  findOffer,
  foldedEmail,
  type InvitationOffer,
  invite,
  listInvitations,
  renewInvitation,
  revokeInvitation,
} from './invitation-store.ts'
export { beginLookingOn, endLookingOn, findLookingOn } from './looking-on-store.ts'
export { changeMember, createPerson, removeMember, type SpaceRole, setPlatformAdmin } from './people-store.ts'
export { findPeople, listMembers } from './people-store-read.ts'
export { endSessions, hasSecondFactor, listSessions } from './session-store.ts'
