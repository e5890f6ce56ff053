/** oidc-provider asks for `URL.parse`, which Node has from 22.1 on: where it is missing it is added before the provider is loaded. */
if (!('parse' in URL)) {
  Object.defineProperty(URL, 'parse', {
    value(text: string, base?: string): URL | null {
      return URL.canParse(text, base) ? new URL(text, base) : null;
    },
  });
}
