// Written from the Rust types in shared-proto by `make wire-types`. Do not edit.

/**
 * An account, given by auth-service, never used again after deletion.
 */
export type UserId = number;

/**
 * A chat's key inside the system. Clients address a chat by its [`ChatUri`].
 */
export type ChatId = number;

/**
 * A message's key, unique over all chats; grows with time but says nothing about order (that is [`Seq`]).
 */
export type MessageId = number;

/**
 * The position of a durable event in its chat: 1 for the first, then without gaps. 0 means "before everything".
 */
export type Seq = number;

/**
 * A chat's address, for good: 15 characters of `A–Z a–z 0–9 _ -` (90 bits), unguessable. At first it is also the
 * chat's [`ChatLink`].
 */
export type ChatUri = string;

/**
 * What one shares so that others can join: 15 characters of `A–Z a–z 0–9 _ -` (90 bits), unguessable. Admins can
 * change it; the chat's [`ChatUri`] stays.
 */
export type ChatLink = string;

/**
 * The sender's own name for a message, chosen before sending. `(sender, client_id)` is unique for good,
 * so that a retry can never become a second message.
 */
export type ClientId = string;

/**
 * One signed-in device. Ends by sign-out or revocation.
 */
export type SessionId = string;

/**
 * A moment in UTC, in whole microseconds: on the wire RFC 3339 (`2026-11-23T10:00:00.123456Z`), in the
 * databases a count of microseconds since 1970. PostgreSQL keeps no more than that, so neither do we:
 * what is stored comes back equal.
 */
export type Timestamp = string;

/**
 * The name an account signs in with: 3 to 30 Unicode letters, digits and `. _ + - @`, in NFKC.
 * Two names that differ only in case or Unicode form are the same ([`Username::key`]).
 */
export type Username = string;

/**
 * A first or last name: up to 60 Unicode scalar values in NFC on one line, trimmed, with nothing in it that can't
 * be seen. Joiners are taken where writing needs them. Empty means "none".
 */
export type PersonName = string;

/**
 * An e-mail address, as far as a program can judge it, trimmed: the rest is a mail's to find out. At most 254 bytes
 * (RFC 5321 §4.5.3.1.3). Empty means "none".
 */
export type Email = string;

/**
 * A chat's name: 1 to 100 Unicode scalar values in NFC on one line, trimmed.
 */
export type ChatName = string;

/**
 * What somebody says: 1 to 4,000 Unicode scalar values in NFC, not only white space, with no control
 * characters but newline and tab (CRLF becomes LF).
 */
export type MessageText = string;

/**
 * One emoji as Unicode lists it (any skin tone, hair or gender), always in its fully-qualified form: what looks
 * the same is the same.
 */
export type Emoji = string;

/**
 * A person as others see them. `email` is there only when one looks at oneself.
 */
export type User = { 
/**
 * The account.
 */
id: UserId, 
/**
 * The name the account signs in with.
 */
username: Username, 
/**
 * Only of oneself.
 */
email?: string, 
/**
 * May be empty.
 */
first_name: string, 
/**
 * May be empty.
 */
last_name: string, };

/**
 * The stable names of everything that can go wrong, over HTTP (`Problem::code`) and in `error` frames.
 * Names are never changed or used for something else; new ones may come.
 */
export type ErrorCode = "malformed_body" | "validation_failed" | "payload_too_large" | "unsupported_media_type" | "not_found" | "method_not_allowed" | "token_missing" | "token_invalid" | "token_expired" | "session_revoked" | "bad_credentials" | "wrong_password" | "second_factor_required" | "second_factor_wrong" | "second_factor_exists" | "second_factor_not_found" | "account_disabled" | "reset_invalid" | "refresh_invalid" | "origin_forbidden" | "forbidden" | "not_a_member" | "banned" | "link_closed" | "direct_chat" | "chat_not_found" | "user_not_found" | "member_not_found" | "message_not_found" | "session_not_found" | "username_taken" | "password_too_weak" | "limit_reached" | "idempotency_conflict" | "rate_limited" | "unknown_frame" | "unavailable" | "internal";

/**
 * A field that was refused, and why.
 */
export type FieldError = { 
/**
 * The field's name in the body.
 */
field: string, 
/**
 * Why, in words for the person who filled it in.
 */
message: string, };

/**
 * An answer that says what went wrong: `application/problem+json` (RFC 9457).
 */
export type Problem = { 
/**
 * Always `about:blank`: `code` is what to decide by.
 */
type: string, 
/**
 * The HTTP status in words.
 */
title: string, 
/**
 * The HTTP status.
 */
status: number, 
/**
 * What to decide by.
 */
code: ErrorCode, 
/**
 * What was wrong, with which value, and what to do, in a sentence.
 */
detail: string, 
/**
 * One entry for each field that was refused.
 */
errors?: Array<FieldError>, };

/**
 * A text that must not be seen: `Debug` hides it, so that it can't reach a log by accident.
 */
export type Secret = string;

/**
 * `POST /auth/users/` and `/auth/users/create/`.
 */
export type SignUp = { 
/**
 * 3–30 characters, unique.
 */
username: Username, 
/**
 * 8–128 characters, not easy to guess.
 */
password: Secret, 
/**
 * For a forgotten password.
 */
email?: Email, };

/**
 * The answer to [`SignUp`].
 */
export type SignedUp = { 
/**
 * The new account.
 */
id: UserId, 
/**
 * As it was stored (NFKC).
 */
username: Username, 
/**
 * As it was given, or empty.
 */
email: Email, };

/**
 * `POST /auth/jwt/create/`.
 */
export type SignIn = { 
/**
 * In any case and Unicode form.
 */
username: string, 
/**
 * As it was set.
 */
password: Secret, 
/**
 * With a second factor: what the authenticator app shows now, or a recovery code. Without it such an account is
 * refused with `second_factor_required`.
 */
code?: Secret, 
/**
 * `true` asks for the refresh token in the body, for clients that keep no cookies.
 */
refresh_in_body?: boolean, };

/**
 * `POST /auth/jwt/refresh/`. Browsers send the cookie and an empty body.
 */
export type Refresh = { 
/**
 * The refresh token, from clients that keep no cookies.
 */
refresh_token?: Secret, };

/**
 * A fresh access token.
 */
export type TokenGranted = { 
/**
 * The access token, a JWT.
 */
token: string, 
/**
 * Seconds until it ends.
 */
expires_in: number, 
/**
 * Whose it is.
 */
user: User, 
/**
 * Only when it was asked for in the body; else it is in the cookie.
 */
refresh_token?: string, };

/**
 * `POST /auth/jwt/verify/`; answered by 200 and the token when it is good.
 */
export type Verify = { 
/**
 * The access token.
 */
token: Secret, };

/**
 * The answer to [`Verify`].
 */
export type Verified = { 
/**
 * As it was sent.
 */
token: string, };

/**
 * `PATCH /auth/users/me/`. What is left out, or null, stays as it is; empty takes it away.
 */
export type ChangeMe = { 
/**
 * The first name.
 */
first_name?: PersonName, 
/**
 * The last name.
 */
last_name?: PersonName, 
/**
 * Another address, which needs the password too: whoever reads the mail can set a new one.
 */
email?: Email, 
/**
 * Only to change the address.
 */
current_password?: Secret, };

/**
 * `DELETE /auth/users/me/`: for good.
 */
export type DeleteMe = { 
/**
 * The password.
 */
current_password: Secret, };

/**
 * `POST /auth/users/set_password/`. Ends all other sessions.
 */
export type SetPassword = { 
/**
 * The password until now.
 */
current_password: Secret, 
/**
 * 8–128 characters, not easy to guess.
 */
new_password: Secret, };

/**
 * `POST /auth/users/reset_password/`: asks for a mail with a link.
 */
export type ResetPassword = { 
/**
 * The account's address.
 */
email: Email, };

/**
 * `POST /auth/users/reset_password_confirm/`. Ends all sessions.
 */
export type ResetPasswordConfirm = { 
/**
 * What stands behind `#reset=` in the mail's link. Good once, and not for long.
 */
token: Secret, 
/**
 * 8–128 characters, not easy to guess.
 */
new_password: Secret, };

/**
 * `GET /auth/second_factor/`: whether signing in asks for more than the password.
 */
export type SecondFactor = { 
/**
 * Whether it does.
 */
enabled: boolean, 
/**
 * Recovery codes that were not used yet.
 */
recovery_codes_left: number, };

/**
 * `POST /auth/second_factor/`: begins to set one up.
 */
export type BeginSecondFactor = { 
/**
 * The password.
 */
current_password: Secret, };

/**
 * The answer to [`BeginSecondFactor`], told once. It counts only when a first code was confirmed.
 */
export type SecondFactorBegun = { 
/**
 * The key in base32, to be typed into an authenticator app.
 */
secret: string, 
/**
 * The same as an `otpauth:` address.
 */
uri: string, 
/**
 * The same as a QR code: an SVG image.
 */
qr_svg: string, };

/**
 * `POST /auth/second_factor/confirm/`: from here on signing in asks for a code.
 */
export type ConfirmSecondFactor = { 
/**
 * What the app shows.
 */
code: Secret, };

/**
 * The answer to [`ConfirmSecondFactor`], told once.
 */
export type RecoveryCodes = { 
/**
 * Each stands in for a code of the app, once.
 */
recovery_codes: Array<string>, };

/**
 * `DELETE /auth/second_factor/`: the password alone is enough again.
 */
export type EndSecondFactor = { 
/**
 * The password.
 */
current_password: Secret, 
/**
 * What the app shows, or a recovery code.
 */
code: Secret, };

/**
 * One signed-in device.
 */
export type Session = { 
/**
 * For revoking it.
 */
id: SessionId, 
/**
 * The one that asks.
 */
current: boolean, 
/**
 * The browser's or program's own name (`User-Agent`), as far as it gave one.
 */
device: string, 
/**
 * The address it signed in from.
 */
address: string, 
/**
 * When it signed in.
 */
created_at: Timestamp, 
/**
 * When it last refreshed its token.
 */
last_used_at: Timestamp, };

/**
 * `GET /auth/sessions/`.
 */
export type Sessions = { 
/**
 * The newest first.
 */
sessions: Array<Session>, };

/**
 * The word that successful classic calls carry.
 */
export type Status = "SUCCESS";

/**
 * What somebody may do in a chat; the higher ones may do all that the lower ones may.
 */
export type Role = "member" | "admin" | "owner";

/**
 * What kind of chat it is.
 */
export type ChatKind = "group" | "direct";

/**
 * `POST /api/chats/`.
 */
export type CreateChat = { 
/**
 * Without one, clients show the members' names.
 */
name?: ChatName, };

/**
 * The answer to [`CreateChat`].
 */
export type ChatCreated = { 
/**
 * It was done.
 */
status: Status, 
/**
 * The new chat's address, and its link as long as nobody changes that.
 */
uri: ChatUri, 
/**
 * A sentence for people.
 */
message: string, };

/**
 * `POST /api/chats/direct/`: the chat with somebody. Answered by the [`Chat`]: 201 when it is new, else 200.
 */
export type DirectChat = { 
/**
 * With whom; not oneself.
 */
username: Username, };

/**
 * `PATCH /api/chats/{uri}/`: exactly one of the two.
 */
export type ChangeChat = { 
/**
 * Joins (one's own username; the address may be the chat's link) or invites (a member names somebody else).
 * Answered by [`ChatJoined`].
 */
username?: Username, 
/**
 * Names the chat, or takes its name away (null). Admins only. Answered by [`Chat`].
 */
name?: ChatName | null, };

/**
 * The answer to joining and inviting, the same when the person was a member already.
 */
export type ChatJoined = { 
/**
 * It was done.
 */
status: Status, 
/**
 * The chat's address, which may be another one than the link that was asked.
 */
uri: ChatUri, 
/**
 * The first 100 of the chat: the owner first, then admins, then by time of joining.
 */
members: Array<User>, 
/**
 * "NAME joined the chat".
 */
message: string, 
/**
 * Who is a member now.
 */
user: User, };

/**
 * A chat as one of its members sees it: `GET /api/chats/{uri}/`, and in [`ChatList`].
 */
export type Chat = { 
/**
 * Its address, for good.
 */
uri: ChatUri, 
/**
 * Group or direct.
 */
kind: ChatKind, 
/**
 * Null when nobody named it.
 */
name: ChatName | null, 
/**
 * What to share so that others can join; null when the link is closed, and in direct chats.
 */
link: ChatLink | null, 
/**
 * What one may do here oneself.
 */
role: Role, 
/**
 * The newest event's position.
 */
seq: Seq, 
/**
 * How far one has read oneself.
 */
read_seq: Seq, 
/**
 * Messages of others after that, 100 meaning "more than 99".
 */
unread: number, 
/**
 * Those among them that mention oneself, 100 meaning "more than 99".
 */
mentions: number, 
/**
 * The newest message, if there is one.
 */
last_message: Message | null, 
/**
 * The owner first, then admins, then by time of joining; at most 100.
 */
members: Array<User>, 
/**
 * How many there are in all.
 */
member_count: number, 
/**
 * When it was started.
 */
created_at: Timestamp, 
/**
 * When somebody last said something or joined: what lists are ordered by.
 */
active_at: Timestamp, };

/**
 * `GET /api/chats/`: mine, the latest first.
 */
export type ChatList = { 
/**
 * One page; each chat with its first 10 members.
 */
chats: Array<Chat>, 
/**
 * Pass as `before` for the next page; absent on the last.
 */
next?: string, };

/**
 * Somebody in a chat.
 */
export type Member = { 
/**
 * Who.
 */
user: User, 
/**
 * What they may do.
 */
role: Role, 
/**
 * How far they have read.
 */
read_seq: Seq, 
/**
 * Since when.
 */
joined_at: Timestamp, };

/**
 * `GET /api/chats/{uri}/members/`: the owner first, then admins, then by time of joining.
 */
export type Members = { 
/**
 * One page.
 */
members: Array<Member>, 
/**
 * Pass as `after` for the next page; absent on the last.
 */
next?: string, };

/**
 * `PATCH /api/chats/{uri}/members/{user}/`. Owners only. Answered by the [`Member`].
 */
export type ChangeMember = { 
/**
 * `owner` hands the chat over: the one who asks becomes an admin.
 */
role: Role, };

/**
 * Somebody who may not come back. Also the answer to `PUT /api/chats/{uri}/bans/{user}/`.
 */
export type Ban = { 
/**
 * Who.
 */
user: User, 
/**
 * Who decided so.
 */
by: User, 
/**
 * When.
 */
at: Timestamp, };

/**
 * `GET /api/chats/{uri}/bans/`: who may not come back. Admins only.
 */
export type Bans = { 
/**
 * One page, by user id.
 */
bans: Array<Ban>, 
/**
 * Pass as `after` for the next page; absent on the last.
 */
next?: UserId, };

/**
 * The answer to `POST /api/chats/{uri}/link/` (a new link; the old one is worth nothing from here on) and
 * `DELETE /api/chats/{uri}/link/` (none: people come by invitation only). Admins only.
 */
export type Link = { 
/**
 * The link that works now.
 */
link: ChatLink | null, };

/**
 * `GET /api/links/{link}/`: what one sees of a chat before joining it.
 */
export type LinkPreview = { 
/**
 * The chat's address.
 */
uri: ChatUri, 
/**
 * Null when nobody named it.
 */
name: ChatName | null, 
/**
 * The first 5: the owner first.
 */
members: Array<User>, 
/**
 * How many there are in all.
 */
member_count: number, 
/**
 * One is a member already.
 */
joined: boolean, };

/**
 * `PUT /api/chats/{uri}/read/`, and its answer: how far one has read. The mark never goes back, nor beyond the chat's
 * newest position. Saying something also moves it, to what one said.
 */
export type ReadMark = { 
/**
 * Everything up to here.
 */
seq: Seq, };

/**
 * A member that a message names.
 */
export type Mention = { 
/**
 * Who.
 */
id: UserId, 
/**
 * Stands in the text behind an `@`, in any case and Unicode form.
 */
username: Username, };

/**
 * One emoji under a message.
 */
export type Reaction = { 
/**
 * Which.
 */
emoji: Emoji, 
/**
 * How many people.
 */
count: number, 
/**
 * The first 10 of them.
 */
users: Array<UserId>, 
/**
 * Oneself among them.
 */
mine: boolean, };

/**
 * A message, the same in history, in search and in `message.created` events.
 */
export type Message = { 
/**
 * Unique over all chats.
 */
id: MessageId, 
/**
 * The position of its creation; messages are ordered by it.
 */
seq: Seq, 
/**
 * Who said it.
 */
user: User, 
/**
 * What was said, as last edited; null once it is deleted.
 */
message: MessageText | null, 
/**
 * When it was committed.
 */
at: Timestamp, 
/**
 * The sender's own name for it, by which its client recognises it.
 */
client_id?: ClientId, 
/**
 * The message it answers.
 */
reply_to?: MessageId, 
/**
 * When it was last changed by its sender.
 */
edited_at?: Timestamp, 
/**
 * When it was deleted.
 */
deleted_at?: Timestamp, 
/**
 * The members it names by `@username`.
 */
mentions?: Array<Mention>, 
/**
 * In the order in which each emoji came first. Never in events: a message is new there.
 */
reactions?: Array<Reaction>, };

/**
 * `GET /api/chats/{uri}/messages/`: one page, oldest first within it.
 */
export type History = { 
/**
 * The chat's key.
 */
id: ChatId, 
/**
 * The chat.
 */
uri: ChatUri, 
/**
 * The position of the chat when the page was read: events after it are not in the page.
 */
seq: Seq, 
/**
 * The page. Deleted messages keep their places.
 */
messages: Array<Message>, 
/**
 * The messages that are answered in the page and do not stand in it themselves.
 */
answered?: Array<Message>, 
/**
 * Where to go on: pass as `before` (or as `after`, if that or `around` was asked). Absent at the end.
 */
next?: Seq, 
/**
 * Only when `around` was asked: there is more on the other side, pass as `before`.
 */
previous?: Seq, };

/**
 * `POST /api/chats/{uri}/messages/`.
 */
export type SendMessage = { 
/**
 * What to say.
 */
message: MessageText, 
/**
 * Makes a retry safe: the same id never becomes a second message.
 */
client_id?: ClientId, 
/**
 * A message of the same chat.
 */
reply_to?: MessageId, };

/**
 * The answer to [`SendMessage`]: 201, or 200 when this `client_id` was there already.
 */
export type MessageSent = { 
/**
 * It was done.
 */
status: Status, 
/**
 * The chat.
 */
uri: ChatUri, 
/**
 * What was said, as stored at first.
 */
message: MessageText, 
/**
 * Who said it.
 */
user: User, 
/**
 * The message.
 */
id: MessageId, 
/**
 * Its position.
 */
seq: Seq, };

/**
 * `PATCH /api/chats/{uri}/messages/{id}/`, by its sender. Answered by the [`Message`].
 */
export type EditMessage = { 
/**
 * What it shall say from now on.
 */
message: MessageText, };

/**
 * A piece of a snippet; all of them in a row are its text.
 */
export type SnippetPart = { 
/**
 * As it is: to be escaped like any text.
 */
text: string, 
/**
 * What was looked for.
 */
hit: boolean, };

/**
 * A message that was found.
 */
export type Hit = { 
/**
 * Where.
 */
chat: ChatUri, 
/**
 * Which.
 */
message: Message, 
/**
 * The part of it that fits best.
 */
snippet: Array<SnippetPart>, };

/**
 * `GET /api/search/?q=`: what was said, in all of one's chats or in one.
 */
export type SearchPage = { 
/**
 * The best ones first, newer ones before older ones that are as good.
 */
hits: Array<Hit>, 
/**
 * Pass as `after` for the next page; absent on the last.
 */
next?: number, };

/**
 * `GET /api/chats/{uri}/events/?after=`: what one has missed, in order.
 */
export type EventsPage = { 
/**
 * The chat's newest position.
 */
seq: Seq, 
/**
 * Directly after `after`, without gaps; exactly as sockets get them.
 */
events: Array<EventFrame>, 
/**
 * There are more: ask again, after the last one's seq.
 */
more: boolean, };

/**
 * The frame type of [`EventFrame`].
 */
export type EventTag = "event";

/**
 * What happened. Clients skip kinds they do not know, and count their seqs.
 */
export type Event = { "kind": "message.created", "data": Message } | { "kind": "message.edited", "data": { 
/**
 * Which message.
 */
id: MessageId, 
/**
 * The position of its creation.
 */
of: Seq, 
/**
 * What it says now; null when it was deleted later on.
 */
message: MessageText | null, 
/**
 * The members it names now.
 */
mentions: Array<Mention>, } } | { "kind": "message.deleted", "data": { 
/**
 * Which message.
 */
id: MessageId, 
/**
 * The position of its creation.
 */
of: Seq, 
/**
 * Who deleted it.
 */
by: User, } } | { "kind": "reaction.added", "data": { 
/**
 * Which message.
 */
id: MessageId, 
/**
 * The position of its creation.
 */
of: Seq, 
/**
 * Who.
 */
user: User, 
/**
 * What.
 */
emoji: Emoji, } } | { "kind": "reaction.removed", "data": { 
/**
 * Which message.
 */
id: MessageId, 
/**
 * The position of its creation.
 */
of: Seq, 
/**
 * Who.
 */
user: User, 
/**
 * What.
 */
emoji: Emoji, } } | { "kind": "member.joined", "data": { 
/**
 * Who.
 */
user: User, 
/**
 * Who invited them; absent when they came by the link.
 */
by?: User, } } | { "kind": "member.left", "data": { 
/**
 * Who.
 */
user: User, } } | { "kind": "member.removed", "data": { 
/**
 * Who.
 */
user: User, 
/**
 * Who removed them.
 */
by: User, 
/**
 * They may not come back.
 */
banned: boolean, } } | { "kind": "member.role", "data": { 
/**
 * Whose.
 */
user: User, 
/**
 * What they are now.
 */
role: Role, 
/**
 * Who changed it; oneself when an owner left.
 */
by: User, } } | { "kind": "chat.renamed", "data": { 
/**
 * Null when it has none any more.
 */
name: ChatName | null, 
/**
 * Who changed it.
 */
by: User, } } | { "kind": "chat.link", "data": { 
/**
 * The link that works now.
 */
link: ChatLink | null, 
/**
 * Who changed it.
 */
by: User, } } | { "kind": "chat.deleted", "data": { 
/**
 * Who deleted it.
 */
by: User, } };

/**
 * A durable event as it stands in the outbox, on the bus, on the socket and in the sync endpoint: encoded
 * once, by chat-api, in the transaction that makes it true.
 *
 * When a message is edited or deleted, the stored events that carry its text are rewritten in the same transaction:
 * whoever catches up later sees what it says now, and never what was taken back.
 */
export type EventFrame = { 
/**
 * Always `event`.
 */
type: EventTag, 
/**
 * The chat.
 */
chat: ChatUri, 
/**
 * Its place in the chat: the one before plus one.
 */
seq: Seq, 
/**
 * When it was committed.
 */
at: Timestamp, } & ({ "kind": "message.created", "data": Message } | { "kind": "message.edited", "data": { 
/**
 * Which message.
 */
id: MessageId, 
/**
 * The position of its creation.
 */
of: Seq, 
/**
 * What it says now; null when it was deleted later on.
 */
message: MessageText | null, 
/**
 * The members it names now.
 */
mentions: Array<Mention>, } } | { "kind": "message.deleted", "data": { 
/**
 * Which message.
 */
id: MessageId, 
/**
 * The position of its creation.
 */
of: Seq, 
/**
 * Who deleted it.
 */
by: User, } } | { "kind": "reaction.added", "data": { 
/**
 * Which message.
 */
id: MessageId, 
/**
 * The position of its creation.
 */
of: Seq, 
/**
 * Who.
 */
user: User, 
/**
 * What.
 */
emoji: Emoji, } } | { "kind": "reaction.removed", "data": { 
/**
 * Which message.
 */
id: MessageId, 
/**
 * The position of its creation.
 */
of: Seq, 
/**
 * Who.
 */
user: User, 
/**
 * What.
 */
emoji: Emoji, } } | { "kind": "member.joined", "data": { 
/**
 * Who.
 */
user: User, 
/**
 * Who invited them; absent when they came by the link.
 */
by?: User, } } | { "kind": "member.left", "data": { 
/**
 * Who.
 */
user: User, } } | { "kind": "member.removed", "data": { 
/**
 * Who.
 */
user: User, 
/**
 * Who removed them.
 */
by: User, 
/**
 * They may not come back.
 */
banned: boolean, } } | { "kind": "member.role", "data": { 
/**
 * Whose.
 */
user: User, 
/**
 * What they are now.
 */
role: Role, 
/**
 * Who changed it; oneself when an owner left.
 */
by: User, } } | { "kind": "chat.renamed", "data": { 
/**
 * Null when it has none any more.
 */
name: ChatName | null, 
/**
 * Who changed it.
 */
by: User, } } | { "kind": "chat.link", "data": { 
/**
 * The link that works now.
 */
link: ChatLink | null, 
/**
 * Who changed it.
 */
by: User, } } | { "kind": "chat.deleted", "data": { 
/**
 * Who deleted it.
 */
by: User, } });

/**
 * Who connects, and what it has already.
 */
export type Hello = { 
/**
 * The access token.
 */
token: Secret, 
/**
 * Must be 1.
 */
protocol: number, 
/**
 * For each chat the last position the client has: it continues right after it. Chats not named start
 * from the positions in `ready`.
 */
resume?: { [key in string]: number }, };

/**
 * A message to be sent. The text is checked apart from the frame, so that a bad text is an `error` for this
 * `client_id` and not the end of the socket.
 */
export type Send = { 
/**
 * Where.
 */
chat: ChatUri, 
/**
 * The sender's own name for it; a retry with the same one is safe.
 */
client_id: ClientId, 
/**
 * What to say; see [`MessageText`] for its limits.
 */
message: string, 
/**
 * A message of the same chat.
 */
reply_to?: MessageId, };

/**
 * From the client.
 */
export type ClientFrame = { "type": "hello" } & Hello | { "type": "auth", 
/**
 * For the same user and session.
 */
token: Secret, } | { "type": "send" } & Send | { "type": "typing", 
/**
 * Where.
 */
chat: ChatUri, } | { "type": "read", 
/**
 * Where.
 */
chat: ChatUri, 
/**
 * Up to and including this event.
 */
seq: Seq, } | { "type": "focus", 
/**
 * Null: none.
 */
chat: ChatUri | null, } | { "type": "ping" };

/**
 * A chat in `ready`.
 */
export type ReadyChat = { 
/**
 * Address and link.
 */
uri: ChatUri, 
/**
 * Null when nobody named it.
 */
name: ChatName | null, 
/**
 * Live events follow right after this position (or after the one in `resume`).
 */
seq: Seq, 
/**
 * How far one has read.
 */
read_seq: Seq, };

/**
 * How far somebody has read.
 */
export type Mark = { 
/**
 * Who.
 */
user: UserId, 
/**
 * Up to and including this event.
 */
seq: Seq, };

/**
 * From the server.
 */
export type ServerFrame = { "type": "ready", 
/**
 * Who one is.
 */
user: User, 
/**
 * The session the token belongs to.
 */
session: SessionId, 
/**
 * A ping comes at least this often; a silence of twice as long means that the connection is dead.
 */
heartbeat_ms: number, 
/**
 * All of one's chats and where each stands.
 */
chats: Array<ReadyChat>, } | { "type": "ack", 
/**
 * Which send.
 */
client_id: ClientId, 
/**
 * Where.
 */
chat: ChatUri, 
/**
 * The message.
 */
id: MessageId, 
/**
 * Its position.
 */
seq: Seq, } | { "type": "error", 
/**
 * What to decide by.
 */
code: ErrorCode, 
/**
 * A sentence for people.
 */
message: string, 
/**
 * The send it is about.
 */
client_id?: ClientId, 
/**
 * When it is worth another try.
 */
retry_after_ms?: number, } | { "type": "typing", 
/**
 * Where.
 */
chat: ChatUri, 
/**
 * Who.
 */
user: UserId, 
/**
 * Their name.
 */
username: Username, } | { "type": "read", 
/**
 * Where.
 */
chat: ChatUri, 
/**
 * The marks that have moved.
 */
marks: Array<Mark>, } | { "type": "presence", 
/**
 * Where.
 */
chat: ChatUri, 
/**
 * Whoever is not in `online` is offline; otherwise only those named have changed.
 */
whole: boolean, 
/**
 * These are.
 */
online: Array<UserId>, 
/**
 * These are not any more.
 */
offline: Array<UserId>, } | { "type": "reset", 
/**
 * Which chat.
 */
chat: ChatUri, 
/**
 * Events after this one follow.
 */
seq: Seq, } | { "type": "reconnect", 
/**
 * Each client gets its own, so that not all come at once.
 */
after_ms: number, } | { "type": "pong" };

/**
 * Everything a socket can get: a frame of its own or a chat's event.
 */
export type Incoming = EventFrame | ServerFrame;

/** Why the server closes a socket, and so what the client does next. */
export const CloseCode = {
  Normal: 1000,
  Protocol: 1002,
  Unsupported: 1003,
  InvalidText: 1007,
  TooBig: 1009,
  Restart: 1012,
  BadFrame: 4400,
  Unauthorized: 4401,
  Forbidden: 4403,
  TooSlow: 4408,
  TooMany: 4429,
} as const;
