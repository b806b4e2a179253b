// What every part of the view is drawn from, and what it may ask for.
import type {Talk} from '../conversation'
import type {Settings} from '../settings'

export type Model = {
  settings: Settings
  talk: Talk
  open: boolean
  wide: boolean
}

export type Deeds = {
  open(): void
  close(): void
  widen(): void
  say(text: string): void
  again(text: string): void
  end(): void
  typing(): void
  later(milliseconds: number, act: () => void): void
}

export const running = ({status}: Talk): boolean => ['connecting', 'connected', 'reconnecting'].includes(status)
