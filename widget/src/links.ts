// Which addresses in an agent's text may become links (contract widget.md §9).

export type LinkRule = {
  /** Host names, whole origins with a path prefix, or `*`. Empty: only the page's own origin. */
  hosts: readonly string[]
  www: boolean
  http: boolean
}

/** The address to link to, or null: then it stays as text. Judged on what the browser would open. */
export function allowedLink(href: string, rule: LinkRule, page: string): string | null {
  const url = parsed(href, page)
  if (!url) return null
  if (url.protocol === 'mailto:') return url.href
  // A name before the host makes `https://shop.example@evil.example` look like the shop.
  if (url.username || url.password) return null
  // `blob:` has the origin of the page that made it, and is none of ours.
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null
  if (url.origin === parsed(page)?.origin) return url.href
  if (url.protocol === 'http:' && !rule.http) return null
  return rule.hosts.some((host) => matches(url, host.trim(), rule)) ? url.href : null
}

function matches(url: URL, listed: string, rule: LinkRule): boolean {
  if (listed === '*') return true
  if (!listed) return false
  if (listed.includes('://')) return isPrefix(url, listed)
  const wanted = parsed(`${url.protocol}//${listed}`)
  if (!wanted || wanted.pathname !== '/') return false
  return url.host === wanted.host || (rule.www && url.host === `www.${wanted.host}`)
}

function isPrefix(url: URL, listed: string): boolean {
  const prefix = parsed(listed)
  if (!prefix || url.origin !== prefix.origin) return false
  const folder = prefix.pathname.endsWith('/') ? prefix.pathname : `${prefix.pathname}/`
  return url.pathname === prefix.pathname || url.pathname.startsWith(folder)
}

function parsed(address: string, base?: string): URL | null {
  try {
    return new URL(address, base)
  } catch {
    return null
  }
}
