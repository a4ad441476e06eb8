/** A service of a router that maps ports, and where it is controlled. */
export interface Service {
  readonly type: string;
  readonly control: URL;
}

/**
 * The service in a device's description, which is XML of a fixed and simple form: a search for its few elements does, and
 * knows no entities that could grow. Undefined when there is none, or when it is not where the description was.
 */
export function findService(description: string, url: URL): Service | undefined {
  for (const [, inner = ''] of description.matchAll(/<service>([^]{0,2048}?)<\/service>/g)) {
    const type = textIn(inner, 'serviceType') ?? '';
    const control = textIn(inner, 'controlURL') ?? '';
    if (!SERVICE.test(type) || control === '' || !URL.canParse(control, url.href)) continue;
    const controlUrl = new URL(control, url);
    if (controlUrl.protocol === 'http:' && controlUrl.hostname === url.hostname)
      return { type, control: controlUrl };
  }
  return undefined;
}

/** The text of the first element of that name, whatever its prefix. */
export function textIn(xml: string, name: string): string | undefined {
  const pattern = new RegExp(`<(?:[A-Za-z0-9_-]{1,32}:)?${name}(?:\\s[^<>]{0,256})?>([^<]{0,1024})<`);
  return pattern.exec(xml)?.[1]?.trim();
}

/** What to send so that the router does something. The arguments are of letters that XML leaves alone. */
export function soapRequest(
  { type, control }: Service,
  action: string,
  args: Readonly<Record<string, string>>,
): { url: URL; headers: Record<string, string>; body: string } {
  const inner = Object.entries(args).map(([name, value]) => `<${name}>${value}</${name}>`);
  const body = [
    '<?xml version="1.0"?>',
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">',
    `<s:Body><u:${action} xmlns:u="${type}">${inner.join('')}</u:${action}></s:Body>`,
    '</s:Envelope>',
  ].join('');
  const headers = { 'Content-Type': 'text/xml; charset="utf-8"', SOAPAction: `"${type}#${action}"` };
  return { url: control, headers, body };
}

const SERVICE = /^urn:schemas-upnp-org:service:WAN(?:IP|PPP)Connection:[12]$/;
