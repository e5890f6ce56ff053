import { both, escapeHtml, hidden, notice, type Page } from './html.js';

/** Why a login page is shown again. */
export type LoginTrouble =
  | { kind: 'wrong' }
  | { kind: 'wait'; seconds: number }
  | { kind: 'busy' }
  | { kind: 'new_password'; reason: 'short' | 'same' | 'different' | 'guessable' };

function troubleHtml(trouble: LoginTrouble): string {
  switch (trouble.kind) {
    // One sentence for every cause, so that it does not tell which logins exist.
    case 'wrong':
      return notice(
        '用户名或密码不正确，或账户已停用。',
        'The login or password is not right, or the account is disabled.',
      );
    case 'wait':
      return notice(
        `尝试次数过多，请在 ${trouble.seconds} 秒后再试。`,
        `Too many attempts: try again in ${trouble.seconds} seconds.`,
      );
    case 'busy':
      return notice('登录人数过多，请稍后再试。', 'Too many people are logging in: try again in a moment.');
    case 'new_password':
      return {
        short: notice('新密码须为 12 至 200 个字符。', 'The new password needs 12 to 200 characters.'),
        same: notice('新密码不能与原密码相同。', 'The new password must differ from the old one.'),
        guessable: notice(
          '新密码过于常见或容易猜到，请换一个。',
          'The new password is common or easily guessed: choose another.',
        ),
        different: notice('两次输入的新密码不一致。', 'The two new passwords are not the same.'),
      }[trouble.reason];
  }
}

const field = (name: string, type: string, zh: string, en: string, autocomplete: string, value = '') =>
  `<label>${both(zh, en)}
<input name="${name}" type="${type}" autocomplete="${autocomplete}" maxlength="200" required autocapitalize="none" spellcheck="false"${
    value === '' ? '' : ` value="${escapeHtml(value)}"`
  }></label>`;

/** `client`: for whom the person logs in. */
export function loginPage(action: string, client: string, login = '', trouble: LoginTrouble | null = null): Page {
  return {
    title: { zh: '登录', en: 'Log in' },
    body: `${trouble ? troubleHtml(trouble) : ''}
<p>${both(`用于：${client}`, `For: ${client}`)}</p>
<form method="post" action="${escapeHtml(action)}">
${field('login', 'text', '用户名', 'Login', 'username', login)}
${field('password', 'password', '密码', 'Password', 'current-password')}
<button>登录 <span lang="en">Log in</span></button>
</form>`,
  };
}

/** The first password, or one that was reset, has to be replaced by one that nobody else knows. */
export function newPasswordPage(action: string, login: string, trouble: LoginTrouble | null = null): Page {
  return {
    title: { zh: '更改密码', en: 'Choose a new password' },
    body: `${trouble ? troubleHtml(trouble) : ''}
<p>${both('这是管理员设定的初始密码，请更换后继续。', 'An administrator chose this password: replace it to go on.')}</p>
<form method="post" action="${escapeHtml(action)}">
${hidden('login', login)}
${field('password', 'password', '原密码', 'Present password', 'current-password')}
${field('fresh', 'password', '新密码（至少 12 个字符）', 'New password (at least 12 characters)', 'new-password')}
${field('again', 'password', '再次输入新密码', 'New password once more', 'new-password')}
<button>更改并登录 <span lang="en">Change and log in</span></button>
</form>`,
  };
}

export function errorPage(code: string): Page {
  return {
    title: { zh: '无法登录', en: 'The login cannot go on' },
    body: `<p>${both('请从原来的程序重新开始登录。', 'Begin the login anew in the program that you came from.')}</p>
<p><code>${escapeHtml(code)}</code></p>`,
  };
}
