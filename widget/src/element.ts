// The custom element: attributes in, events out. What connecting opens, disconnecting closes.
import {attributes, OBSERVED, type Attributes} from './attributes'
import {asServer, signed, socketUrl} from './address'
import {fetchConfig, type Config} from './config'
import {Conversation, type Plan} from './conversation'
import {askPage, callConfig, overridesOf, tellPage} from './events'
import {pageEvents} from './page_events'
import {looksLikeOverrides, settle, type Settings} from './settings'
import {dress} from './styles'
import {initiation} from './wire'
import type {Deeds} from './view/model'
import {widgetView, type View} from './view/widget'
import {browser} from './world'

declare const VERSION: string

const STARTS_AFRESH = ['agent-id', 'signed-url', 'server-url']

export function widgetClass(usualServer: string): typeof HTMLElement {
  return class ParleyWidget extends HTMLElement {
    static readonly observedAttributes = OBSERVED
    #given: Attributes = attributes((name) => this.getAttribute(name))
    #settings: Settings | null = null
    #config: Config | null = null
    #conversation: Conversation | null = null
    #view: View | null = null
    #clothe: ((styles: Record<string, string>) => void) | null = null
    #open = false
    #wide = false
    #asked = 0
    #stop: AbortController | null = null
    #leaving = false
    #refresh = false

    connectedCallback(): void {
      this.#leaving = false
      if (this.#stop) return // moved, not added
      this.#stop = new AbortController()
      pageEvents(this, this.#stop.signal, {
        allowed: () => this.#settings?.allowEvents ?? false,
        open: (action) => (action === 'toggle' ? !this.#open : action === 'expand') ? this.open() : this.close(),
        say: (text) => this.send(text),
        mention: (text) => this.#conversation?.mention(text),
        active: () => this.#conversation?.typing(),
        wake: () => this.#conversation?.wake(),
        resized: (top, height) => this.#fit(top, height),
      })
      void this.#load()
    }

    disconnectedCallback(): void {
      this.#leaving = true
      // Moving an element disconnects and connects it in one go: only what is still gone then has left.
      queueMicrotask(() => this.#leaving && this.#leave())
    }

    attributeChangedCallback(name: string, before: string | null, now: string | null): void {
      if (before === now || !this.#stop) return
      if (STARTS_AFRESH.includes(name)) return this.#startAfresh()
      if (name === 'override-config') return void this.#load()
      // A page that sets ten attributes in a row gets one redraw.
      if (!this.#refresh) queueMicrotask(() => this.#settle())
      this.#refresh = true
    }

    open(): void {
      if (this.#open || !this.#settings) return
      this.#open = true
      this.#show()
      this.#view?.focusBox()
      tellPage(this, 'open', {})
    }

    close(): void {
      if (!this.#open || this.#settings?.alwaysExpanded) return
      this.#open = false
      const focused = this.shadowRoot?.activeElement
      this.#show()
      if (focused) this.#view?.focusLauncher()
      tellPage(this, 'close', {})
    }

    send(text: string): void {
      if (!this.#conversation || !text.trim()) return
      this.#conversation.say(text)
      tellPage(this, 'message', {role: 'user', text: text.trim()})
    }

    end(): void {
      this.#conversation?.end()
    }

    // The names that older pages call.
    startConversation(): void {
      this.open()
    }

    endConversation(): void {
      this.end()
    }

    get #server(): string {
      return asServer(this.#given.text('server-url')) || signed(this.#given.text('signed-url'))?.server || usualServer
    }

    #startAfresh(): void {
      this.#conversation?.end()
      this.#conversation = this.#config = this.#settings = null
      void this.#load()
    }

    async #load(): Promise<void> {
      const asked = ++this.#asked
      // Attributes that a page sets in the same breath belong to this request.
      await Promise.resolve()
      if (asked !== this.#asked || !this.#stop) return
      const pass = signed(this.#given.text('signed-url'))
      const agentId = pass?.agentId || this.#given.text('agent-id')
      const fixed = this.#given.json('override-config')
      if (!agentId && !fixed) return
      try {
        const config =
          fixed && !looksLikeOverrides(fixed) ? fixed : await fetchConfig(this.#server, agentId ?? '', pass?.signature ?? '')
        if (asked !== this.#asked || !this.#stop) return
        this.#config = config
        this.#appear()
      } catch (trouble) {
        // A guest without an agent stays out of sight; the page's author finds the reason here.
        if (asked === this.#asked) console.error('[parley] the widget cannot start:', trouble)
      }
    }

    #appear(): void {
      const root = this.shadowRoot ?? this.attachShadow({mode: 'open'})
      this.#clothe ??= dress(root)
      if (!this.#view) {
        this.#view = widgetView(this.#deeds())
        root.append(this.#view.root)
      }
      const first = !this.#settings
      this.#conversation ??= this.#begin()
      this.#settle()
      if (first && this.#settings) {
        this.#open = this.#settings.defaultExpanded || this.#settings.alwaysExpanded || this.#open
        this.#show()
        tellPage(this, 'ready', {})
      }
    }

    #begin(): Conversation {
      let status = 'idle'
      return new Conversation(browser, () => this.#plan(), {
        changed: (talk) => {
          if (talk.status !== status) tellPage(this, 'status', {status: talk.status, conversationId: talk.conversationId})
          status = talk.status
          this.#show()
        },
        heard: (message) => {
          if (message.type === 'answer' && message.text) tellPage(this, 'message', {role: 'agent', text: message.text})
        },
        ended: ({by, reason}, conversationId) => {
          if (by === 'error' || by === 'lost') tellPage(this, 'error', {reason, conversationId})
        },
      })
    }

    #settle(): void {
      this.#refresh = false
      if (!this.#config) return
      this.#settings = settle(this.#given, this.#config, navigator.languages)
      if (this.#settings.alwaysExpanded) this.#open = true
      this.#clothe?.(this.#settings.styles)
      this.#conversation?.greet(this.#settings.greeting)
      this.#show()
    }

    /** What the next session opens with, after the page had its say. */
    #plan(): Plan {
      const {overrides, variables, userId, greeting} = this.#settings as Settings
      const pass = signed(this.#given.text('signed-url'))
      const agentId = pass ? undefined : this.#given.text('agent-id')
      const environment = this.#given.text('environment')
      const target = {agentId, signedUrl: pass?.url.href, origin: this.#server.replace(/^http/, 'ws'), environment}
      const call = askPage(this, callConfig(target, overrides, variables, userId))
      const start = {
        overrides: overridesOf(call),
        variables: call.dynamicVariables ?? {},
        version: VERSION,
        ...(call.userId ? {userId: call.userId} : {}),
      }
      return {
        url: socketUrl(call, VERSION, call.environment),
        initiation: initiation(start),
        tools: call.clientTools ?? {},
        greeting: call.overrides.agent?.firstMessage ?? greeting,
      }
    }

    #deeds(): Deeds {
      return {
        open: () => this.open(),
        close: () => this.close(),
        widen: () => {
          this.#wide = !this.#wide
          this.#show()
        },
        say: (text) => this.send(text),
        again: (text) => this.send(text),
        end: () => {
          this.end()
          this.#view?.focusBox() // the button that had the focus is gone
        },
        typing: () => this.#conversation?.typing(),
        later: (milliseconds, act) => void browser.later(milliseconds, act),
      }
    }

    #show(): void {
      if (!this.#settings || !this.#conversation) return
      this.#view?.show({settings: this.#settings, talk: this.#conversation.talk, open: this.#open, wide: this.#wide})
    }

    #fit(top: number, height: number): void {
      this.#view?.root.style.setProperty('--screen-top', `${top}px`)
      this.#view?.root.style.setProperty('--screen', `${height}px`)
    }

    #leave(): void {
      this.#stop?.abort()
      this.#stop = null
      this.#asked += 1
      this.#conversation?.end()
      this.#conversation = this.#config = this.#settings = null
      this.#open = false
      this.#view?.root.remove()
      this.#view = null
    }
  }
}
