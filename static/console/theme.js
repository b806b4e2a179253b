// Runs before the first paint: light or dark as the system says, also when it changes its mind.
{
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const follow = () => { document.documentElement.dataset.bsTheme = dark.matches ? 'dark' : 'light' }
  dark.addEventListener('change', follow)
  follow()
}
