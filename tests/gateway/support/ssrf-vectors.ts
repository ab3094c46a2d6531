// Where a plugin must not get to, and every way to write it that a parser, a resolver or a tunnel may understand.

/** Addresses of each kind that no granted host may have. What a resolver hands to a socket is written so. */
export const FORBIDDEN_ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.1', '127.0.0.2', '127.1.2.3', '127.255.255.254', '::1'],
  unspecified: ['0.0.0.0', '0.0.0.1', '0.255.255.255', '::'],
  private: ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255'],
  shared: ['100.64.0.1', '100.127.255.255'],
  linkLocal: ['169.254.0.1', '169.254.169.254', '169.254.170.2', '169.254.169.253', 'fe80::1', 'febf::1', 'fe80::1%1'],
  metadata: [
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    'fd00:ec2::254',
    'fd00:ec2::254%1',
    'fd00:ec2::23',
    'fd20:ce::254',
    'fd00:c1::a9fe:a9fe',
    'fd00:42::42',
  ],
  uniqueLocal: ['fc00::1', 'fd00::1', 'fdff:ffff::1'],
  siteLocal: ['fec0::1'],
  multicast: ['224.0.0.1', '239.255.255.250', 'ff02::1', 'ff05::2'],
  broadcast: ['255.255.255.255'],
  reserved: ['192.0.0.1', '192.0.2.1', '192.88.99.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '240.0.0.1'],
  reserved6: [
    '100::1',
    '2001:2::1',
    '2001:3::1',
    '2001:10::1',
    '2001:20::1',
    '2001:30::1',
    '2001:db8::1',
    '3fff::1',
    '5f00::1',
  ],
  mapped: ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:169.254.169.254', '::ffff:0.0.0.0'],
  translated: ['::ffff:0:127.0.0.1', '::ffff:0:169.254.169.254'],
  compatible: ['::127.0.0.1', '::10.0.0.1', '::169.254.169.254'],
  nat64: ['64:ff9b::127.0.0.1', '64:ff9b::10.0.0.1', '64:ff9b::169.254.169.254', '64:ff9b:1::7f00:1'],
  nat64Around: ['64:ff9b:1:7f00:0:100::', '64:ff9b:1:a9fe:a9:fe00::'],
  '6to4': ['2002:7f00:1::', '2002:a00:1::1', '2002:a9fe:a9fe::1', '2002:c0a8:101::'],
  teredo: ['2001:0:7f00:1::80ff:fffe', '2001::1', '2001:0:808:808:0:0:80ff:fffe', '2001:0:808:808:8000:63bf:5601:5601'],
  isatap: ['2606:4700::5efe:7f00:1', '2606:4700::200:5efe:169.254.169.254', '2606:4700::5efe:10.0.0.1'],
};

/** Hosts in a URL that lead to this machine, or to a metadata service. */
export const SPELLED_HOSTS: readonly string[] = [
  // Dotted, short, decimal, octal, hexadecimal, mixed, with zeroes in front.
  ...['127.0.0.1', '127.1', '127.0.1', '127.000.000.001', '2130706433', '017700000001', '0x7f000001', '0x7F.1'],
  ...['0177.0.0.1', '0x7f.0.0.0x1', '0x7f.0.1', '0177.1', '00000177.0.0.01', '127.0.0.0x1', '127.0.0.01', '127.0.513'],
  ...['0', '0.0', '0.0.0.0', '00', '0x0', '0x', '000000000000', '0.0.0.0.'],
  ...['127.0.0.2', '127.127.127.127', '127.255.255.254'],
  // A dot at the end, and every dot and digit that IDNA takes for one.
  ...['127.0.0.1.', '127.1.', '0x7f000001.', 'localhost', 'localhost.', 'LOCALHOST', 'LocalHost.', 'a.localhost'],
  ...['127。0。0。1', '127．0．0．1', '127｡0｡0｡1', '１２７.0.0.1', '①②⑦.⓪.⓪.①', '𝟏𝟐𝟕.𝟎.𝟎.𝟏', '１２７。０。０。１'],
  ...['ⓛⓞⓒⓐⓛⓗⓞⓢⓣ', 'loc𝒶lhost', 'ｌｏｃａｌｈｏｓｔ', 'loca\u00ADlhost', 'local\u200Bhost', 'ℓocalhost'],
  ...['%31%32%37.0.0.1', '127%2E0%2E0%2E1', '%6cocalhost', '127.0.0.1%2e', '%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1'],
  // IPv6, in every family that carries an IPv4 address.
  ...['[::1]', '[0:0:0:0:0:0:0:1]', '[0000:0000:0000:0000:0000:0000:0000:0001]', '[::0001]', '[0::1]'],
  ...['[::]', '[0:0:0:0:0:0:0:0]', '[::ffff:127.0.0.1]', '[::FFFF:7F00:1]', '[0:0:0:0:0:ffff:7f00:0001]'],
  ...['[::ffff:0.0.0.0]', '[::127.0.0.1]', '[::7f00:1]', '[::ffff:0:127.0.0.1]', '[64:ff9b::127.0.0.1]'],
  ...['[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2001:0:7f00:1::80ff:fffe]', '[fe80::1]', '[fd00:ec2::254]'],
  // Metadata services.
  ...['169.254.169.254', '2852039166', '0xA9FEA9FE', '0251.0376.0251.0376', '169.254.43518', '169.16689662'],
  ...['[::ffff:169.254.169.254]', '[::a9fe:a9fe]', '169.254.169.254.', '①⑥⑨.②⑤④.①⑥⑨.②⑤④', '100.100.100.200'],
  // What is no host at all.
  ...['127.0.0.1:80:80', '[::1', '::1', '[::1]x', '[fe80::1%25eth0]', '127.0.0.1 ', '127.0.0.256', '[v1.x]'],
];

/** URLs that look as if they led to `own`, an origin that is allowed, and lead to `other`, or name another scheme. */
export function misleadingUrls(own: URL, other: URL): string[] {
  return [
    // User names and passwords.
    `http://${own.host}@${other.host}/`,
    `http://${own.host}:x@${other.host}/`,
    `http://user:pass@${own.host}/`,
    `http://@${other.host}/`,
    `http://%40${own.host}@${other.host}/`,
    // What parsers take for the end of the host, or not.
    `http://${other.host}\\@${own.host}/`,
    `http://${other.host}#@${own.host}/`,
    `http://${other.host}?@${own.host}/`,
    `http://${other.host}/@${own.host}/`,
    `http://${other.host};@${own.host}/`,
    `http:\\\\${other.host}\\`,
    `http:/${other.host}/`,
    `http:${other.host}/`,
    `http:////${other.host}/`,
    `ht\ntp://${other.host}/`,
    `\u0000http://${other.host}/`,
    ` http://${other.host}/`,
    `http://${own.hostname}.${other.host}/`,
    `http://${other.host}/${own.href}`,
    // Other ports and schemes of the allowed host.
    ...[
      '',
      ':80',
      ':443',
      ':0',
      ':22',
      ':6379',
      ':65535',
      ':65536',
      ':+80',
      ':0x50',
      `:0${other.port}`,
      `:${other.port}`,
    ].map((port) => `http://${own.hostname}${port}/`),
    ...[
      'https',
      'ws',
      'wss',
      'ftp',
      'gopher',
      'dict',
      'ldap',
      'tftp',
      'smb',
      'jar:http',
      'view-source:http',
      'blob:http',
    ].map((scheme) => `${scheme}://${own.host}/`),
    ...[
      'file:///etc/passwd',
      'file://127.0.0.1/etc/passwd',
      'data:text/plain,x',
      'javascript:1',
      'about:blank',
      'unix:/run/x.sock',
    ],
    ...[
      `unix://${other.host}/`,
      `http+unix://%2Frun%2Fdocker.sock/`,
      `npipe:////./pipe/docker_engine`,
      `netdoc:///etc/hosts`,
    ],
  ];
}

/** Values of `Location` that leave the origin of whoever sends them. */
export function redirectTargets(own: URL, other: URL): string[] {
  return [
    other.href,
    `//${other.host}/`,
    `\\\\${other.host}\\`,
    `/\\${other.host}/`,
    `https://${own.host}/`,
    `https://${other.host}/`,
    `ws://${own.host}/`,
    `http://localhost:${other.port}/`,
    `http://127.1:${other.port}/`,
    `http://2130706433:${other.port}/`,
    `http://0x7f.1:${other.port}/`,
    `http://[::1]:${other.port}/`,
    `http://[::ffff:127.0.0.1]:${other.port}/`,
    `http://0.0.0.0:${other.port}/`,
    `http://${own.host}@${other.host}/`,
    `http://u:p@${own.host}/`,
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/latest/meta-data/',
    'https://granted.example/',
    ...['file:///etc/passwd', 'data:text/plain,x', 'javascript:1', 'gopher://127.0.0.1:6379/_x', `ftp://${own.host}/`],
  ];
}
