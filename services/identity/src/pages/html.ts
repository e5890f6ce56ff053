const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that may stand in an element or in a quoted attribute. */
export const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

export interface Page {
  title: { zh: string; en: string };
  /** HTML. */
  body: string;
}

/** A whole page; no script, and its only style sheet is a file of this service. */
export function pageHtml({ title, body }: Page): string {
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title.zh)} · ${escapeHtml(title.en)}</title>
<link rel="stylesheet" href="/oidc/style.css">
</head>
<body>
<main>
<p class="product">居民家庭经济状况核对 <span lang="en">Hedui</span></p>
<h1>${escapeHtml(title.zh)} <span lang="en">${escapeHtml(title.en)}</span></h1>
${body}
</main>
</body>
</html>
`;
}

/** A sentence in both languages. */
export const both = (zh: string, en: string) => `${escapeHtml(zh)}<br><span lang="en">${escapeHtml(en)}</span>`;

export const notice = (zh: string, en: string) => `<p class="notice" role="alert">${both(zh, en)}</p>`;

export const hidden = (name: string, value: string) =>
  `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`;

/** An address as a source in a Content-Security-Policy: its origin; empty when it is none. */
export function originOf(address: unknown): string {
  if (typeof address !== 'string' || !URL.canParse(address)) return '';
  const { origin } = new URL(address);
  return origin === 'null' ? '' : origin;
}

/**
 * Headers of a page. `formsTo`: where else than here a form may lead, because browsers hold its redirects against the policy too.
 */
export function pageHeaders(formsTo = ''): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': [
      "default-src 'none'",
      "style-src 'self'",
      `form-action 'self'${formsTo === '' ? '' : ` ${formsTo}`}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}

export const STYLE = `
:root { color-scheme: light dark; --line: #767f8c; --accent: #12508f; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.6 system-ui, "Noto Sans SC", "Microsoft YaHei", sans-serif; }
main { max-width: 26rem; margin: 8vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; line-height: 1.3; }
h1 span, .product span, [lang="en"] { font-weight: 400; opacity: .8; }
.product { margin: 0; letter-spacing: .05em; }
label { display: block; margin-top: 1rem; }
input:not([type="hidden"]) { width: 100%; padding: .6rem; font: inherit; border: 1px solid var(--line); border-radius: 4px; }
button { margin-top: 1.25rem; padding: .6rem 1.25rem; font: inherit; color: #fff; background: var(--accent); border: 0; border-radius: 4px; cursor: pointer; }
button.plain { color: inherit; background: none; border: 1px solid var(--line); }
input:focus-visible, button:focus-visible { outline: 3px solid #e0a100; outline-offset: 2px; }
.notice { padding: .75rem 1rem; border-left: 4px solid #b3261e; background: color-mix(in srgb, #b3261e 10%, transparent); }
.code { font: 600 1.75rem/1.4 ui-monospace, monospace; letter-spacing: .1em; }
`.trimStart();
