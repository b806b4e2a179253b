import assert from 'node:assert/strict'
import {test} from 'node:test'
import {allowedLink} from '../src/links'
import {markdown, type Block} from '../src/markdown'
import type {Inline} from '../src/inline'

const words = (inner: Inline[]): string =>
  inner.map((word) => {
    switch (word.type) {
      case 'text': return word.text
      case 'code': return `<code>${word.text}</code>`
      case 'break': return '<br>'
      case 'link': return `<a ${word.href}>${words(word.words)}</a>`
      default: return `<${word.type}>${words(word.words)}</${word.type}>`
    }
  }).join('')
const drawn = (blocks: Block[]): string =>
  blocks.map((block) => {
    switch (block.type) {
      case 'paragraph': return `<p>${words(block.words)}</p>`
      case 'heading': return `<h${block.level}>${words(block.words)}</h>`
      case 'code': return `<pre ${block.language}>${block.text}</pre>`
      case 'quote': return `<quote>${drawn(block.blocks)}</quote>`
      case 'rule': return '<hr>'
      case 'list': return `<${block.ordered ? `ol ${block.start}` : 'ul'}>${block.items.map((item) => `<li${item.done === null ? '' : item.done ? ' x' : ' o'}>${drawn(item.blocks)}</li>`).join('')}</list>`
      case 'table': return `<table ${block.align.join()}>${[block.head, ...block.rows].map((row) => row.map(words).join('|')).join('//')}</table>`
    }
  }).join('')
const md = (source: string): string => drawn(markdown(source))

const GOOD: [string, string][] = [
  ['Plain *em* _em_ **strong** ~~gone~~', '<p>Plain <em>em</em> <em>em</em> <strong>strong</strong> <del>gone</del></p>'],
  ['***both***', '<p><strong><em>both</em></strong></p>'],
  ['**bold with *em* inside**', '<p><strong>bold with <em>em</em> inside</strong></p>'],
  ['这是**重点**吗', '<p>这是<strong>重点</strong>吗</p>'],
  ['snake_case_name and 2 * 3 * 4', '<p>snake_case_name and 2 * 3 * 4</p>'],
  ['one\ntwo', '<p>one<br>two</p>'],
  ['`a *b*` ``c ` d``', '<p><code>a *b*</code> <code>c ` d</code></p>'],
  ['\\*not em\\*', '<p>*not em*</p>'],
  ['## Head ##', '<h2>Head</h>'],
  ['- a\n- b\n  - c\n- d', '<ul><li><p>a</p></li><li><p>b</p><ul><li><p>c</p></li></list></li><li><p>d</p></li></list>'],
  ['3. a\n4. b', '<ol 3><li><p>a</p></li><li><p>b</p></li></list>'],
  ['1. a\n\n2. b', '<ol 1><li><p>a</p></li><li><p>b</p></li></list>'],
  ['- [ ] a\n- [x] b', '<ul><li o><p>a</p></li><li x><p>b</p></li></list>'],
  ['1. a\n   - b\n2. c', '<ol 1><li><p>a</p><ul><li><p>b</p></li></list></li><li><p>c</p></li></list>'],
  ['Here:\n- a\n\nThen', '<p>Here:</p><ul><li><p>a</p></li></list><p>Then</p>'],
  ['```js\nlet a = "<b>"\n```', '<pre js>let a = "<b>"</pre>'],
  ['```\nstill open', '<pre >still open</pre>'],
  ['> a\n> b', '<quote><p>a<br>b</p></quote>'],
  ['---', '<hr>'],
  ['| a | b |\n|:--|--:|\n| 1 | 2 \\| 3 |', '<table left,right>a|b//1|2 | 3</table>'],
  ['[text](https://a.example/x "t")', '<p><a https://a.example/x>text</a></p>'],
  ['See https://a.example/x_(y). Or www.b.example!', '<p>See <a https://a.example/x_(y)>https://a.example/x_(y)</a>. Or <a https://www.b.example>www.b.example</a>!</p>'],
  ['(https://a.example/)', '<p>(<a https://a.example/>https://a.example/</a>)</p>'],
  ['<https://a.example>', '<p><a https://a.example>https://a.example</a></p>'],
  ['![a cat](https://a.example/cat.png)', '<p><a https://a.example/cat.png>a cat</a></p>'],
]
for (const [source, expected] of GOOD) {
  test(`markdown ${JSON.stringify(source)}`, () => assert.equal(md(source), expected))
}

const UNFINISHED: [string, string][] = [
  ['**half', '<p>**half</p>'],
  ['*half', '<p>*half</p>'],
  ['`half', '<p>`half</p>'],
  ['[text](https://a.exam', '<p>[text](<a https://a.exam>https://a.exam</a></p>'],
  ['[text', '<p>[text</p>'],
  ['- ', '<ul><li></li></list>'],
  ['| a | b |', '<p>| a | b |</p>'],
  ['#', '<h1></h>'],
]
for (const [source, expected] of UNFINISHED) {
  test(`unfinished markdown ${JSON.stringify(source)} is shown sanely`, () => assert.equal(md(source), expected))
}

const RULE = {hosts: ['shop.example', 'https://docs.example/guide'], www: true, http: true}
const PAGE = 'https://page.example/a/b'

test('HTML in a message stays text', () => {
  const source = '<script>alert(1)</script><img src=x onerror=alert(1)>'

  assert.equal(md(source), `<p>${source}</p>`)
})

const HOSTILE = [
  'javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)', 'java\tscript:alert(1)', '\u0001javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>', 'vbscript:msgbox(1)', 'file:///etc/passwd', 'blob:https://page.example/x', 'about:blank', 'view-source:https://shop.example',
  'https://evil.example', '//evil.example', '\\\\evil.example', '/\\evil.example', 'https:\\\\evil.example',
  'https://shop.example.evil.example', 'https://shop.example@evil.example', 'https://evil.example#@shop.example', 'https://evil.example/?shop.example',
  'https://user:pass@shop.example/', 'https://shop.example:8443/', 'https://sub.shop.example/', 'https://evilshop.example/', 'https://www.www.shop.example/',
  'https://docs.example/guidebook', 'https://docs.example/', 'http://docs.example/guide', 'https://docs.example/guide/../admin', 'ftp://shop.example/', 'tel:+123', 'https://', 'http://[::1',
  'https://page.example.evil.example/', 'http://page.example/', 'https://page.example:444/', 'intent://shop.example#Intent;end', 'ws://shop.example/',
]
for (const href of HOSTILE) {
  test(`${JSON.stringify(href)} is no link`, () => assert.equal(allowedLink(href, RULE, PAGE), null))
}

const FRIENDLY: [string, string][] = [
  ['https://shop.example/x?y#z', 'https://shop.example/x?y#z'],
  ['HTTPS://SHOP.EXAMPLE/', 'https://shop.example/'],
  ['https://www.shop.example/', 'https://www.shop.example/'],
  ['http://shop.example/', 'http://shop.example/'],
  ['https://docs.example/guide/one', 'https://docs.example/guide/one'],
  ['/returns', 'https://page.example/returns'],
  ['returns', 'https://page.example/a/returns'],
  ['mailto:hello@shop.example', 'mailto:hello@shop.example'],
]
for (const [href, expected] of FRIENDLY) {
  test(`${href} is a link`, () => assert.equal(allowedLink(href, RULE, PAGE), expected))
}

test('http and www can be switched off, a star lets every web address in', () => {
  const strict = {...RULE, www: false, http: false}

  assert.equal(allowedLink('http://shop.example/', strict, PAGE), null)
  assert.equal(allowedLink('https://www.shop.example/', strict, PAGE), null)
  assert.ok(allowedLink('https://any.example/', {...RULE, hosts: ['*']}, PAGE))
  assert.equal(allowedLink('javascript:alert(1)', {...RULE, hosts: ['*']}, PAGE), null)
  assert.equal(allowedLink('https://shop.example/', {...RULE, hosts: []}, PAGE), null)
})

const BOMBS = ['*'.repeat(20_000), '[' .repeat(20_000), '**a'.repeat(8000), '> '.repeat(5000) + 'x', '- '.repeat(5000), '`'.repeat(9999) + 'a', '_a*b'.repeat(8000), '[a]('.repeat(8000), '|a'.repeat(8000) + '\n|-|', '<'.repeat(20_000), '~~'.repeat(9000), '`a``b'.repeat(6000), '\\'.repeat(20_001), ' '.repeat(20_000) + '-', '- a\n\n'.repeat(3000), '#'.repeat(10_000), '1. '.repeat(5000), '- - '.repeat(3000), '* * '.repeat(3000) + 'x', '_ '.repeat(9000) + 'x', '-'.repeat(20_000) + 'x', ('-:' + '-|').repeat(5000)]
for (const bomb of BOMBS) {
  test(`${JSON.stringify(bomb.slice(0, 12))}… of ${bomb.length} letters is read quickly`, () => {
    const start = performance.now()
    markdown(bomb)

    assert.ok(performance.now() - start < 1500, `${performance.now() - start} ms`)
  })
}
