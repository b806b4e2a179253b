// Builds src/ into static/widget/: a classic script and an ES module. `--check` compares instead of writing.
import {readFile, writeFile, mkdir} from 'node:fs/promises'
import {gzipSync} from 'node:zlib'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const out = join(here, '..', 'static', 'widget')
const {version} = JSON.parse(await readFile(join(here, 'package.json'), 'utf8'))

const artefacts = [
  {entry: 'classic.ts', format: 'iife', file: 'parley-widget.js'},
  {entry: 'module.ts', format: 'esm', file: 'parley-widget.mjs'},
]

async function bundled({entry, format}) {
  const result = await build({
    absWorkingDir: here,
    entryPoints: [`src/${entry}`],
    bundle: true,
    format,
    minify: true,
    target: ['es2022', 'chrome105', 'firefox110', 'safari16.4'],
    charset: 'ascii', // a page may serve or embed the file as something other than UTF-8
    legalComments: 'none',
    define: {VERSION: JSON.stringify(version)},
    write: false,
  })
  return result.outputFiles[0].text
}

const check = process.argv.includes('--check')
await mkdir(out, {recursive: true})
for (const artefact of artefacts) {
  const text = await bundled(artefact)
  const path = join(out, artefact.file)
  if (check) {
    const committed = await readFile(path, 'utf8').catch(() => '')
    if (committed !== text) {
      console.error(`static/widget/${artefact.file} is not what src/ builds: run npm run build`)
      process.exitCode = 1
    }
  } else {
    await writeFile(path, text)
  }
  console.log(`${artefact.file}  ${text.length} bytes  ${gzipSync(text, {level: 9}).length} gzip`)
}
