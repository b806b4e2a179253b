// The message box: Enter sends, Shift+Enter breaks the line, a composing Enter (IME) does neither.
import {el, icon, set} from './dom'
import {running, type Deeds, type Model} from './model'

export type Composer = {root: HTMLElement; box: HTMLTextAreaElement; show(model: Model): void}

export function composer(deeds: Deeds): Composer {
  const box = el('textarea', {rows: 1, enterkeyhint: 'send', autocomplete: 'off', dir: 'auto', part: 'input'})
  const button = el('button', {type: 'submit', class: 'send'}, icon('send'))
  const root = el('form', {class: 'composer', submit: (event) => send(event)}, box, button)

  function send(event: Event): void {
    event.preventDefault()
    if (!box.value.trim()) return
    deeds.say(box.value)
    box.value = ''
    fit()
    box.focus()
  }

  function fit(): void {
    set(button, 'disabled', !box.value.trim())
    box.style.height = 'auto'
    box.style.height = `${box.scrollHeight}px`
  }

  box.addEventListener('input', () => {
    fit()
    deeds.typing()
  })
  box.addEventListener('keydown', (event) => {
    // Safari ends a composition before its Enter arrives; 229 is what is left of it.
    const composing = event.isComposing || event.keyCode === 229
    if (event.key === 'Enter' && !event.shiftKey && !composing) send(event)
  })
  root.addEventListener('click', () => box.focus())
  set(button, 'disabled', true)

  return {
    root,
    box,
    show({settings: {texts}, talk}) {
      set(box, 'aria-label', texts.input_label)
      const fresh = talk.status === 'ended'
      const usual = running(talk) ? texts.input_placeholder : texts.input_placeholder_text_only
      set(box, 'placeholder', fresh ? texts.input_placeholder_new_conversation : usual)
      set(button, 'aria-label', texts.send_message)
    },
  }
}
