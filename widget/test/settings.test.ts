import assert from 'node:assert/strict'
import {test} from 'node:test'
import {asServer, serverOrigin, signed, socketUrl} from '../src/address'
import {attributes} from '../src/attributes'
import {fetchConfig, type Config} from '../src/config'
import {settle, type Settings} from '../src/settings'

console.warn = () => undefined
const settled = (given: Record<string, string>, config: Config = {}, languages = ['en']): Settings =>
  settle(attributes((name) => given[name] ?? null), config, languages)

test('an empty config gives a working chat', () => {
  const settings = settled({})

  assert.equal(settings.variant, 'tiny')
  assert.equal(settings.placement, 'bottom-right')
  assert.equal(settings.language, 'en')
  assert.deepEqual(settings.avatar, {orb: null})
})

test('fields of unexpected types are as good as missing', () => {
  const settings = settled({}, {language: 7, avatar: 'x', text_contents: [], language_presets: 3, styles: null, markdown_link_allowed_hosts: 'x', variant: null, first_message: {}})

  assert.equal(settings.greeting, '')
  assert.equal(settings.variant, 'tiny')
})

test('other variants mean tiny, other placements bottom right', () => {
  assert.equal(settled({variant: 'expanded'}, {variant: 'full'}).variant, 'tiny')
  assert.equal(settled({}, {variant: 'expandable'}).variant, 'tiny')
  assert.equal(settled({}, {variant: 'full'}).variant, 'full')
  assert.equal(settled({placement: 'middle'}).placement, 'bottom-right')
})

test('a boolean attribute counts when it is true, false or empty', () => {
  const expanded = (value: string): boolean => settled({'always-expanded': value}, {always_expanded: false}).alwaysExpanded

  assert.deepEqual(['true', '', 'false', 'yes', '1'].map(expanded), [true, true, false, false, false])
})

test('attributes win over the preset, that over the config, that over English', () => {
  const config = {
    language: 'en',
    supported_language_overrides: ['de'],
    text_contents: {main_label: 'Config', start_chat: 'Config', end_call: 'Config'},
    language_presets: {de: {text_contents: {main_label: 'Preset', start_chat: 'Preset'}, first_message: 'Moin!'}},
  }
  const {texts, greeting, language} = settled({'text-contents': '{"main_label":"Attribute"}', language: 'de'}, config)

  assert.deepEqual([texts.main_label, texts.start_chat, texts.end_call, texts.send_message], ['Attribute', 'Preset', 'Config', 'Send message'])
  assert.deepEqual([greeting, language], ['Moin!', 'de'])
})

test('the language: fixed, wished, of the browser, by base code, else the default', () => {
  const config = {language: 'en', supported_language_overrides: ['de', 'pt-br']}
  const language = (given: Record<string, string>, browser: string[]): string => settled(given, config, browser).language

  assert.equal(language({'override-language': 'fr', language: 'de'}, []), 'fr')
  assert.equal(language({language: 'de'}, ['pt-BR']), 'de')
  assert.equal(language({language: 'xx'}, ['pt-BR']), 'pt-br')
  assert.equal(language({}, ['de-AT']), 'de')
  assert.equal(language({}, ['ja']), 'en')
  assert.equal(settled({}, {language: 'ar'}).rightToLeft, true)
})

test('the greeting is filled from the variables, unknown names stay', () => {
  const given = {'override-first-message': 'Hi {{ name }}, {{user.plan}} {{other}}', 'dynamic-variables': '{"name":"Ada","user.plan":3,"bad":{}}'}

  assert.equal(settled(given).greeting, 'Hi Ada, 3 {{other}}')
  assert.deepEqual(settled(given).variables, {name: 'Ada', 'user.plan': 3})
})

test('broken JSON in an attribute is as good as none', () => {
  assert.deepEqual(settled({'dynamic-variables': '{nope', 'text-contents': '[]'}).variables, {})
})

test('overrides carry what the page said, and text only for an agent with a voice', () => {
  const given = {'override-prompt': 'P', 'override-llm': 'L', 'override-first-message': 'F', 'override-speed': '1.1', 'override-stability': 'x'}

  assert.deepEqual(settled(given, {text_only: true}).overrides, {prompt: 'P', llm: 'L', firstMessage: 'F', language: 'en', tts: {speed: 1.1}})
  assert.equal(settled({}, {text_only: false}).overrides.textOnly, undefined)
  assert.equal(settled({'override-text-only': 'true'}, {text_only: true}).overrides.textOnly, true)
})

test('older pages put conversation overrides into override-config', () => {
  const {overrides} = settled({'override-config': '{"agent":{"prompt":{"prompt":"P"},"language":"de"}}'})

  assert.equal(overrides.prompt, 'P')
  assert.equal(overrides.language, 'de')
})

test('an orb needs both colours, a picture wins', () => {
  assert.deepEqual(settled({'avatar-orb-color-1': 'red'}).avatar, {orb: null})
  assert.deepEqual(settled({'avatar-orb-color-1': 'red', 'avatar-orb-color-2': 'blue'}).avatar, {orb: ['red', 'blue']})
  assert.deepEqual(settled({'avatar-image-url': '/a.png', 'avatar-orb-color-1': 'red', 'avatar-orb-color-2': 'blue'}).avatar, {image: '/a.png'})
  assert.deepEqual(settled({}, {avatar: {type: 'url', custom_url: '/b.png'}}).avatar, {image: '/b.png'})
})

test('styles become properties, numbers pixels, odd names nothing', () => {
  const {styles, scheme} = settled({}, {styles: {base: '#fff', button_radius: 4, 'x;y': 'red', accent: null}})

  assert.deepEqual(styles, {'--el-base': '#fff', '--el-button-radius': '4px'})
  assert.equal(scheme, 'light')
})

test('the server: our own script tells it, a bundle does not, the written value does', () => {
  assert.equal(serverOrigin('https://chat.example/convai-widget-embed', ''), 'https://chat.example')
  assert.equal(serverOrigin('https://chat.example/p/convai-widget/index.js?x=1', ''), 'https://chat.example/p')
  assert.equal(serverOrigin('https://chat.example/static/widget/parley-widget.js', ''), 'https://chat.example')
  assert.equal(serverOrigin('https://shop.example/cache/all.js', 'https://chat.example'), 'https://chat.example')
  assert.equal(serverOrigin(undefined, '%%PARLEY_ORIGIN%%'), '')
  assert.equal(asServer('https://chat.example/p/'), 'https://chat.example/p')
  assert.equal(asServer('javascript:alert(1)'), '')
})

test('socket addresses: by agent, and signed ones as they are', () => {
  const signedUrl = 'wss://chat.example/v1/convai/conversation?agent_id=agent_1&conversation_signature=s%2Bx'

  assert.equal(socketUrl({agentId: 'a b', origin: 'wss://chat.example'}, '1'), 'wss://chat.example/v1/convai/conversation?agent_id=a+b&source=widget&version=1')
  assert.equal(socketUrl({signedUrl, origin: ''}, '1', 'staging'), `${signedUrl}&source=widget&version=1&environment=staging`)
  assert.deepEqual({...signed(signedUrl), url: ''}, {url: '', agentId: 'agent_1', signature: 's+x', server: 'https://chat.example'})
  assert.equal(signed('javascript:alert(1)'), null)
})

test('the config is asked for without credentials, its lack is an error', async () => {
  const asked: unknown[] = []
  const fetcher = (body: unknown, status = 200) => (async (...given: unknown[]) => {
    asked.push(given)
    return new Response(JSON.stringify(body), {status})
  }) as typeof fetch

  const config = await fetchConfig('https://chat.example', 'agent/1', 'sig', fetcher({widget_config: {language: 'en'}}))

  assert.deepEqual(config, {language: 'en'})
  assert.deepEqual(asked, [['https://chat.example/v1/convai/agents/agent%2F1/widget?conversation_signature=sig', {credentials: 'omit'}]])
  await assert.rejects(fetchConfig('https://chat.example', 'a', '', fetcher({})), /widget_config/)
  await assert.rejects(fetchConfig('https://chat.example', 'a', '', fetcher({}, 404)), /404/)
})
