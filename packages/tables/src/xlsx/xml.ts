import { HeduiError } from '@hedui/errors';
import { SaxesParser } from 'saxes';
import { unreadableFile } from './refusals.js';

export interface XmlHandlers {
  /** `name` without its namespace prefix; attributes by their names as written. */
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  text?(text: string): void;
  close?(name: string): void;
}

export interface XmlReader {
  write(text: string): void;
  end(): void;
}

/** Longest tag, text or comment, in characters: the parser keeps each one whole. */
const MAX_TOKEN = 1_048_576;
const MAX_DEPTH = 100;

/**
 * XML of a workbook, piece by piece, in bounded memory. Document types are refused, so there are no entities but the five of
 * XML, none of which grows. Throws HeduiError FILE_UNREADABLE, and what the handlers throw.
 */
export function xmlReader(handlers: XmlHandlers): XmlReader {
  const parser = new SaxesParser<{ position: false; xmlns: false }>({ position: false, xmlns: false });
  let depth = 0;
  let sinceEvent = 0;
  const onText = (text: string) => {
    sinceEvent = 0;
    handlers.text?.(text);
  };
  parser.on('opentag', (tag) => {
    sinceEvent = 0;
    if (++depth > MAX_DEPTH) throw unreadableFile('its XML is nested too deeply');
    handlers.open(localName(tag.name), tag.attributes);
  });
  parser.on('closetag', (tag) => {
    sinceEvent = 0;
    depth--;
    handlers.close?.(localName(tag.name));
  });
  parser.on('text', onText);
  parser.on('cdata', onText);
  parser.on('doctype', () => {
    throw unreadableFile('its XML declares a document type');
  });

  function guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      throw error instanceof HeduiError ? error : unreadableFile('its XML is damaged');
    }
  }

  return {
    write(text) {
      sinceEvent += text.length;
      guarded(() => parser.write(text));
      if (sinceEvent > MAX_TOKEN) throw unreadableFile('a piece of its XML is too long');
    },
    end() {
      guarded(() => parser.close());
    },
  };
}

/** Reads a part to its end. */
export async function readXml(texts: AsyncIterable<string>, handlers: XmlHandlers): Promise<void> {
  const reader = xmlReader(handlers);
  for await (const text of texts) reader.write(text);
  reader.end();
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}
