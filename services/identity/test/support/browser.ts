/** What a person's browser does, as far as logging in needs it: keeps cookies by path, follows redirects, sends forms. */
export interface Browser {
  get(url: string): Promise<PageSeen>;
  submit(page: PageSeen, values: Record<string, string>, headers?: Record<string, string>): Promise<PageSeen>;
}

export interface PageSeen {
  url: string;
  status: number;
  headers: Headers;
  html: string;
}

interface Cookie {
  value: string;
  path: string;
}

const plainText = (text: string) => text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');

/** Fields of the first form of a page, and where it leads. */
export function formOf({ html, url }: PageSeen): { action: string; fields: Record<string, string> } {
  const form = /<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/.exec(html);
  if (!form) throw new Error(`there is no form on ${url}: ${html}`);
  const fields: Record<string, string> = {};
  for (const [input] of (form[2] ?? '').matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1];
    if (name !== undefined) fields[name] = plainText(/value="([^"]*)"/.exec(input)?.[1] ?? '');
  }
  return { action: new URL(plainText(form[1] ?? ''), url).href, fields };
}

/** `stopAt`: an address that is not asked: the page seen is the redirect to it. `headers`: sent with every request. */
export function createBrowser(stopAt: string, headers: Record<string, string> = {}): Browser {
  const jar = new Map<string, Cookie>();

  function keep(answer: Response, from: string): void {
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(/;\s*/);
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      const path = attributes.find((text) => /^path=/i.test(text))?.slice(5) ?? new URL(from).pathname;
      if (value === '') jar.delete(`${name} ${path}`);
      else jar.set(`${name} ${path}`, { value, path });
    }
  }

  async function go(url: string, init: RequestInit): Promise<PageSeen> {
    let at = url;
    let now = init;
    for (let hops = 0; hops < 10; hops++) {
      const { pathname } = new URL(at);
      const cookie = [...jar]
        .filter(([, { path }]) => pathname.startsWith(path))
        .map(([key, { value }]) => `${key.split(' ')[0]}=${value}`)
        .join('; ');
      const answer = await fetch(at, { ...now, redirect: 'manual', headers: { ...headers, ...now.headers, cookie } });
      keep(answer, at);
      const html = await answer.text();
      const location = answer.headers.get('location');
      if (location === null) return { url: at, status: answer.status, headers: answer.headers, html };
      at = new URL(location, at).href;
      if (at.startsWith(stopAt)) return { url: at, status: answer.status, headers: answer.headers, html };
      now = {};
    }
    throw new Error('too many redirects');
  }

  return {
    get: (url) => go(url, {}),
    submit(page, values, more = {}) {
      const { action, fields } = formOf(page);
      return go(action, {
        method: 'POST',
        body: new URLSearchParams({ ...fields, ...values }),
        headers: { 'sec-fetch-site': 'same-origin', ...more },
      });
    },
  };
}
