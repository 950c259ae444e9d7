/** Settings of every sink that may speak TLS. */
export const TLS_SETTINGS = {
  ca_file: {
    type: 'string',
    default: '',
    maxLength: 4096,
    text: 'Certificates of authorities to trust (PEM); empty: those of the system.',
  },
  cert_file: { type: 'string', default: '', maxLength: 4096, text: 'Client certificate (PEM).' },
  key_file: {
    type: 'string',
    default: '',
    maxLength: 4096,
    text: 'Key of the client certificate (PEM), or credential:NAME.',
    secret: true,
  },
  servername: {
    type: 'string',
    default: '',
    maxLength: 256,
    text: 'Name the certificate of the other side must carry when it is not the host of the URL.',
  },
} as const;
