// What the widget says by itself, in English; attribute, language preset and config replace single texts.

export const ENGLISH = {
  main_label: 'Need help?',
  start_chat: 'Ask us',
  send_message: 'Send message',
  end_call: 'End conversation',
  collapse: 'Close chat',
  expand: 'Open chat',
  chatting_status: 'Chatting with an AI agent',
  connecting_status: 'Connecting…',
  reconnecting_status: 'Connection lost. Trying again…',
  input_label: 'Your message',
  input_placeholder: 'Write a message',
  input_placeholder_text_only: 'Write a message',
  input_placeholder_new_conversation: 'Start a new conversation',
  user_ended_conversation: 'You ended the conversation',
  agent_ended_conversation: 'The agent ended the conversation',
  idle_ended_conversation: 'The conversation ended after a long pause',
  conversation_lost: 'The conversation could not be continued. Your next message starts a new one.',
  error_occurred: 'The conversation was interrupted',
  conversation_id: 'ID',
  copied: 'Copied',
  copy: 'Copy',
  copy_id: 'Copy conversation ID',
  typing_indicator: 'The agent is typing',
  message_not_sent: 'Not sent',
  try_again: 'Try again',
  message_by_you: 'You said:',
  message_by_agent: 'The agent said:',
  link_not_allowed: 'This address is not on the list of allowed sites',
  messages_label: 'Messages',
  newer_messages: 'Newer messages',
  widen: 'Wider',
  narrow: 'Narrower',
}
export type TextKey = keyof typeof ENGLISH
export type Texts = Readonly<Record<TextKey, string>>

/** The first layer that has a text wins; below them all stands English. */
export function textsFrom(...layers: readonly Readonly<Record<string, unknown>>[]): Texts {
  const texts: Record<string, string> = {...ENGLISH}
  for (const layer of [...layers].reverse()) {
    for (const key of Object.keys(ENGLISH)) {
      const text = layer[key]
      if (typeof text === 'string' && text) texts[key] = text
    }
  }
  return texts as Texts
}
