import type { Letter } from '../mail/send-mail.ts'

const ROLE_WORDS = {
  viewer: 'a viewer, who sees its usage',
  developer: 'a developer, who works on some of its apps',
  admin: 'an admin, who looks after its people and apps',
}

/** Lines stay short, so that a letter can be read as the file it is, too. */
export function invitationLetter(input: {
  to: string
  spaceName: string
  invitedBy: string
  role: keyof typeof ROLE_WORDS
  link: string
  expiresAt: Date
}): Letter {
  const { to, spaceName, invitedBy, role, link, expiresAt } = input
  return {
    to,
    subject: `You are invited to ${spaceName} on Meterbook`,
    text: [
      `${invitedBy} invites you to the developer space`,
      spaceName,
      `as ${ROLE_WORDS[role]}.`,
      '',
      'To accept, open:',
      link,
      '',
      `It can be used once, until ${minuteOf(expiresAt)} UTC.`,
      'If you expected no invitation, do nothing.',
      '',
    ].join('\n'),
  }
}

export function resetLetter(input: { to: string; link: string; minutes: number }): Letter {
  return {
    to: input.to,
    subject: 'Choose a new password for Meterbook',
    text: [
      'Somebody asked for a new password for this address.',
      '',
      'To choose one, open:',
      input.link,
      '',
      `It can be used once, for ${input.minutes} minutes. All sessions end with it.`,
      'If it was not you, do nothing: your password stays as it is.',
      '',
    ].join('\n'),
  }
}

export function passwordChangedLetter(to: string): Letter {
  return {
    to,
    subject: 'Your password for Meterbook was changed',
    text: [
      'The password of this address was changed just now.',
      'If it was not you, ask for a new one on the sign-in page at once,',
      'and tell an admin of your developer space.',
      '',
    ].join('\n'),
  }
}

function minuteOf(instant: Date): string {
  return instant.toISOString().slice(0, 16).replace('T', ' ')
}
