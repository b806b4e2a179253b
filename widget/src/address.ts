// Where the server is: an attribute, the script's own address, or what the server wrote into the file.

// The server replaces the marker when it hands the file out; optimisers that merge scripts keep it.
const WRITTEN = '%%PARLEY_ORIGIN%%'
const OUR_PATHS = /(?:\/static\/widget)?\/(?:convai-widget-embed|convai-widget\/index\.m?js|parley-widget\.m?js)$/

export function serverOrigin(script: string | undefined, written: string = WRITTEN): string {
  const own = parsed(script)
  // A file that bundles us with others tells where the bundle lies, not where we come from.
  if (own && OUR_PATHS.test(own.pathname)) return own.origin + own.pathname.replace(OUR_PATHS, '')
  return parsed(written) ? written : ''
}

/** Without a slash at the end; empty when it is no http(s) address. */
export function asServer(address: string | undefined): string {
  const url = parsed(address?.replace(/^ws/, 'http'))
  if (!url || !/^https?:$/.test(url.protocol)) return ''
  return url.origin + url.pathname.replace(/\/+$/, '')
}

/** A socket's origin as one may write it: `https://…` becomes `wss://…`. */
export const asSocket = (origin: string): string => origin.replace(/^http/, 'ws').replace(/\/+$/, '')

export type Signed = {url: URL; agentId: string; signature: string; server: string}

export function signed(address: string | undefined): Signed | null {
  const url = parsed(address?.replace(/^http/, 'ws'))
  if (!url || !/^wss?:$/.test(url.protocol)) return null
  const prefix = url.pathname.replace(/\/v1\/convai\/conversation\/?$/, '')
  return {
    url,
    agentId: url.searchParams.get('agent_id') ?? '',
    signature: url.searchParams.get('conversation_signature') ?? '',
    server: url.origin.replace(/^ws/, 'http') + prefix.replace(/\/+$/, ''),
  }
}

export function socketUrl(
  target: {signedUrl?: string | undefined; agentId?: string | undefined; origin: string},
  version: string,
  environment?: string,
): string {
  const url = new URL(target.signedUrl ?? `${asSocket(target.origin)}/v1/convai/conversation`)
  if (!target.signedUrl) url.searchParams.set('agent_id', target.agentId ?? '')
  url.searchParams.set('source', 'widget')
  url.searchParams.set('version', version)
  if (environment) url.searchParams.set('environment', environment)
  return url.href
}

function parsed(address: string | undefined): URL | null {
  try {
    return address ? new URL(address) : null
  } catch {
    return null
  }
}
