import account from './account.json'
import auth from './auth.json'
import chat from './chat.json'
import chats from './chats.json'
import composer from './composer.json'
import errors from './errors.json'
import general from './general.json'
import message from './message.json'
import notes from './notes.json'
import people from './people.json'
import states from './states.json'

export default { account, auth, chat, chats, composer, errors, general, message, notes, people, states }
