// What a conversation needs from the browser: a socket, a clock, a die. Tests bring their own.

export type Socket = {
  send(text: string): void
  close(code?: number, reason?: string): void
  onopen: (() => void) | null
  onmessage: ((event: {data: unknown}) => void) | null
  onclose: ((event: {code: number; reason: string}) => void) | null
}

export type World = {
  open(url: string, protocols: string[]): Socket
  /** Runs later; the returned function takes it back. */
  later(milliseconds: number, act: () => void): () => void
  now(): number
  random(): number
}

export const browser: World = {
  open: (url, protocols) => new WebSocket(url, protocols) as unknown as Socket,
  later(milliseconds, act) {
    const timer = setTimeout(act, milliseconds)
    return () => clearTimeout(timer)
  },
  now: () => Date.now(),
  random: () => Math.random(),
}
