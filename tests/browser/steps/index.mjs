// The story, step by step. Each goes on from the one before.

import { asksToSignUp, aliceSignsUp, aliceStartsAChat, bobComesByLink } from './arriving.mjs'
import { bothTalk, changes, writing, sentAfterReload, harmlessText } from './talking.mjs'
import { scrolling, reload, unread, seenBy, searching, longChat } from './reading.mjs'
import { company } from './company.mjs'
import { names, roles, between, departures } from './chats.mjs'
import { attention, twoTabs } from './attention.mjs'
import { offline, slept } from './connection.mjs'
import { changesPassword, deletesAccount, devices, profile } from './account.mjs'
import { forgotten, secondFactor } from './signing-in.mjs'
import { signedOutElsewhere, signsOut } from './sessions.mjs'
import { burst } from './burst.mjs'
import { expired } from './tokens.mjs'
import { killedGateways } from './gateways.mjs'
import { accountPictures, german, unknown, pictures, nothingStrange } from './pages.mjs'

export const stepsOf = ({ gateways }) => [
  ['a visitor is asked to sign up, and a refused field says why', asksToSignUp],
  ['alice signs up and has no chats yet', aliceSignsUp],
  ['alice starts a chat and copies its link', aliceStartsAChat],
  ['bob opens the link, signs up on the way, comes back to it and joins', bobComesByLink],
  ['both talk, and each sees each message once and in order', bothTalk],
  ['each sees that the other is there, writes, and has seen what was said', company],
  ['who is at the end follows, who reads further up stays put', scrolling],
  ['a reload stays signed in, with the history, and older messages load without a jump', reload],
  ['who looks elsewhere hears of it, and sees the count in the title', attention],
  ['what was said while bob was offline arrives, both ways, once', offline],
  ['what was said is edited, answered, reacted to and deleted, for both', changes],
  ['what one has not read is counted, also after a reload, until one has seen it', unread],
  ['an admin names the chat, for both', names],
  ['the owner gives a role and takes it back, and an admin may do nothing about the owner', roles],
  ['two people talk apart', between],
  ['Markdown, @names, emoji, and the last message changed by the up key', writing],
  ['what was said is found, and gone to, also by its own link', searching],
  ['one sees who has seen it', seenBy],
  ['what is being sent survives a reload, and is said once', sentAfterReload],
  ['a long chat is read from end to end, and one comes back to where one was', longChat],
  ['ten thousand events at once make no frame late', burst],
  ['two tabs make one noise, and none about a muted chat', twoTabs],
  ['a laptop that slept wakes up signed in, once', slept],
  ['an access token ends, and is renewed without a word', expired],
  ...(gateways.length > 0
    ? [['a killed gateway is replaced by the other one, all of them by the next one', killedGateways]]
    : []),
  ['who signs out in one tab is told so in the other', signedOutElsewhere],
  ['names and an address are changed, here and in the other tab; the address by the password only', profile],
  ['another browser is signed out from the list of devices, and sees that', devices],
  ['another password signs out the other browser, and this one goes on', changesPassword],
  ['signing in asks for a second factor, and a recovery code stands in for it once', secondFactor],
  ['a forgotten password is replaced by the link of a mail, and one comes back to where one was', forgotten],
  ['an account is deleted by its password, for good', deletesAccount],
  ['the client speaks German as well', german],
  ['links stay text but for web addresses, and markup stays text', harmlessText],
  ['an unknown chat and an unknown page say so', unknown],
  ['each page has its picture, light and dark, desktop and phone', pictures],
  ['the account and the longer ways in have their pictures too, also 320 px wide', accountPictures],
  ['signing out ends the session, also after a reload', signsOut],
  ['who is removed or banned sees that, and is let in again; a link is closed, a chat deleted', departures],
  ['nothing secret is stored, no errors, no other hosts', nothingStrange],
]
