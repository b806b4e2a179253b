// Bundles every test with esbuild (node 20 reads no TypeScript) and hands them to node's own runner.
import {mkdtemp, readdir, rm} from 'node:fs/promises'
import {spawnSync} from 'node:child_process'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const names = (await readdir(here)).filter((name) => name.endsWith('.test.ts'))
const folder = await mkdtemp(join(tmpdir(), 'widget-tests-'))
await build({
  entryPoints: names.map((name) => join(here, name)),
  bundle: true,
  platform: 'node',
  format: 'esm',
  outExtension: {'.js': '.mjs'},
  outdir: folder,
  define: {VERSION: '"0.0.0"', WIRE_FOLDER: JSON.stringify(join(here, '..', '..', 'tests', 'wire'))},
})
const files = (await readdir(folder)).map((name) => join(folder, name))
const {status} = spawnSync(process.execPath, ['--test', ...files], {stdio: 'inherit'})
await rm(folder, {recursive: true})
process.exitCode = status ?? 1
