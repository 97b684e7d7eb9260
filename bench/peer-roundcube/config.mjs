// The configuration of the four programs that make up the Roundcube peer: Dovecot, php-fpm, nginx and Roundcube itself.
// Every choice here is the fastest that was found; OPTIONS.md gives the reason for each and the figures of what was slower.

export const USER = 'ada';
export const PASSWORD = 'petrel-bench';
export const DOMAIN = 'petrel.test';
export const PACKAGES = ['php-fpm', 'nginx', 'libnginx-mod-http-brotli-static', 'dovecot-imapd', 'roundcube-core', 'roundcube-sqlite3'];

/** The system user that Debian's packages run these programs as. */
export const RUNS_AS = 'www-data';

export const INSTALLED = '/var/lib/roundcube';
export const PROGRAM = '/usr/share/roundcube';

/** What may be varied to compare; the values are what the benchmark uses. */
export const CHOICES = {
  mail_pagesize: 50,
  message_sort_col: '',
  imap_cache: null,
  messages_cache: false,
  session_storage: 'php',
  gzipLevel: 0,
  jit: false,
};

/** Header fields that Roundcube asks for in a list, kept in Dovecot's index so that a list opens no message file. */
const LISTED_HEADERS = [
  'from', 'to', 'cc', 'bcc', 'date', 'subject', 'sender', 'reply-to', 'in-reply-to', 'references', 'message-id', 'content-type',
  'content-transfer-encoding', 'x-priority', 'disposition-notification-to', 'mail-followup-to', 'mail-reply-to', 'list-post',
  'x-draft-info', 'return-path',
];

export function dovecot({ home, imapPort }) {
  const cached = ['flags', 'date.received', 'date.sent', 'date.save', 'size.virtual', 'size.physical', 'mime.parts', 'imap.body',
    'imap.bodystructure', 'imap.envelope', ...LISTED_HEADERS.map((name) => `hdr.${name}`)].join(' ');
  return `base_dir = ${home}/run
state_dir = ${home}/run
instance_name = petrel-bench
log_path = ${home}/log/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
auth_cache_size = 1M
default_internal_user = dovecot
default_login_user = dovenull
mail_uid = ${RUNS_AS}
mail_gid = ${RUNS_AS}
first_valid_uid = 1
mail_home = ${home}/mail/%u
mail_location = sdbox:~/sdbox
mail_fsync = never
mail_always_cache_fields = ${cached}
mail_max_userip_connections = 100
mailbox_list_index = yes
passdb {
  driver = passwd-file
  args = scheme=plain ${home}/config/users
}
userdb {
  driver = passwd-file
  args = ${home}/config/users
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Drafts {
    auto = subscribe
    special_use = \\Drafts
  }
  mailbox Sent {
    auto = subscribe
    special_use = \\Sent
  }
  mailbox Archive {
    auto = subscribe
    special_use = \\Archive
  }
  mailbox Trash {
    auto = subscribe
    special_use = \\Trash
  }
  mailbox Junk {
    auto = subscribe
    special_use = \\Junk
  }
}
service imap-login {
  service_count = 0
  process_min_avail = 1
  inet_listener imap {
    address = 127.0.0.1
    port = ${imapPort}
  }
  inet_listener imaps {
    port = 0
  }
}
service imap {
  service_count = 0
  process_min_avail = 2
}
`;
}

/** One user: name, password; ids and home come from the defaults above. */
export const dovecotUsers = () => `${USER}:${PASSWORD}::::::\n`;

export function phpFpm({ home }) {
  return `[global]
pid = ${home}/run/php-fpm.pid
error_log = ${home}/log/php-fpm.log
daemonize = no
[roundcube]
user = ${RUNS_AS}
group = ${RUNS_AS}
listen = ${home}/run/php.sock
listen.owner = ${RUNS_AS}
listen.mode = 0600
pm = static
pm.max_children = 3
env[ROUNDCUBE_CONFIG_DIR] = ${home}/config
`;
}

export function phpIni({ home, choices }) {
  return `error_log = ${home}/log/php.log
memory_limit = 256M
realpath_cache_size = 4M
realpath_cache_ttl = 86400
session.save_path = ${home}/sessions
session.gc_probability = 0
opcache.enable = 1
opcache.memory_consumption = 128
opcache.interned_strings_buffer = 16
opcache.max_accelerated_files = 10000
opcache.validate_timestamps = 0
opcache.enable_file_override = 1
${choices.jit ? 'opcache.jit = tracing\nopcache.jit_buffer_size = 64M' : 'opcache.jit = disable'}
`;
}

export function nginx({ home, www, port, choices }) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${home}/temp/${name};`).join('\n');
  return `load_module /usr/lib/nginx/modules/ngx_http_brotli_static_module.so;
user ${RUNS_AS};
worker_processes 1;
pid ${home}/run/nginx.pid;
error_log ${home}/log/nginx.log;
daemon off;
events { worker_connections 256; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log off;
  sendfile on;
  tcp_nodelay on;
  keepalive_timeout 600;
  keepalive_requests 100000;
  open_file_cache max=1000 inactive=10m;
${temporary}
  ${choices.gzipLevel > 0 ? `gzip on;\n  gzip_comp_level ${choices.gzipLevel};\n  gzip_types text/plain application/json text/javascript application/javascript;` : 'gzip off;'}
  add_header Cross-Origin-Opener-Policy same-origin always;
  add_header Cross-Origin-Embedder-Policy require-corp always;
  server {
    listen 127.0.0.1:${port};
    server_name localhost;
    root ${www};
    location / {
      brotli_static on;
      gzip_static on;
      expires max;
    }
    location = / { rewrite ^ /index.php last; }
    location = /index.php {
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME ${INSTALLED}/public_html/index.php;
      fastcgi_pass unix:${home}/run/php.sock;
      fastcgi_buffers 32 32k;
      fastcgi_buffer_size 32k;
    }
  }
}
`;
}

export function roundcube({ home, port, imapPort, desKey, choices }) {
  const own = {
    db_dsnw: `sqlite:///${home}/database/roundcube.sqlite`,
    imap_host: `127.0.0.1:${imapPort}`,
    imap_delimiter: '/',
    imap_auth_type: 'PLAIN',
    smtp_host: '127.0.0.1:1',
    mail_domain: DOMAIN,
    log_dir: `${home}/log/`,
    temp_dir: `${home}/temp/`,
    des_key: desKey,
    session_storage: choices.session_storage,
    // A cookie belongs to a host with all its ports, where several peers may run.
    session_name: `roundcube_${port}`,
    session_auth_name: `roundcube_auth_${port}`,
    session_lifetime: 1440,
    imap_cache: choices.imap_cache,
    messages_cache: choices.messages_cache,
    plugins: [],
    skin: 'elastic',
    language: 'en_GB',
    timezone: 'UTC',
    layout: 'widescreen',
    mail_pagesize: choices.mail_pagesize,
    message_sort_col: choices.message_sort_col,
    message_sort_order: 'DESC',
    default_list_mode: 'list',
    autoexpand_threads: 0,
    refresh_interval: 60,
    show_images: 0,
    enable_spellcheck: false,
    mdn_requests: 2,
    drafts_mbox: 'Drafts',
    sent_mbox: 'Sent',
    trash_mbox: 'Trash',
    junk_mbox: 'Junk',
    archive_mbox: 'Archive',
  };
  const lines = Object.entries(own).map(([name, value]) => `$config['${name}'] = ${php(value)};`);
  return `<?php\n$config = [];\n${lines.join('\n')}\n`;
}

/** A value as PHP source. */
function php(value) {
  if (Array.isArray(value)) return `[${value.map(php).join(', ')}]`;
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return String(value);
}
