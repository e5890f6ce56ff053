import { both, escapeHtml, hidden, notice, type Page } from './html.js';

/** Asks for the code that the command line shows. `given`: what is filled in. */
export function codePage(action: string, xsrf: string, given: string, failed: boolean): Page {
  return {
    title: { zh: '连接命令行', en: 'Connect a command line' },
    body: `${
      failed
        ? notice('代码无效或已过期，请重新输入。', 'This code is not valid or has expired: enter another one.')
        : ''
    }
<form method="post" action="${escapeHtml(action)}">
${hidden('xsrf', xsrf)}
<label>${both('请输入命令行显示的代码', 'Enter the code that the command line shows')}
<input class="code" name="user_code" value="${escapeHtml(given)}" maxlength="20" autocomplete="off" autocapitalize="characters" required></label>
<button>继续 <span lang="en">Continue</span></button>
</form>`,
  };
}

/** Asks whether the code is the person's own: nobody should be talked into lending somebody else their rights. */
export function confirmPage(action: string, xsrf: string, code: string, client: string): Page {
  return {
    title: { zh: '确认代码', en: 'Is this your code?' },
    body: `<p class="code">${escapeHtml(code)}</p>
<p>${both(
      `只有当您自己刚刚运行了“${client}”并看到同样的代码时，才可继续。`,
      `Go on only if you have just started “${client}” yourself and it shows the same code.`,
    )}</p>
<form method="post" action="${escapeHtml(action)}">
${hidden('xsrf', xsrf)}${hidden('user_code', code)}
<button name="confirm" value="yes">是我的代码 <span lang="en">It is mine</span></button>
<button class="plain" name="abort" value="yes">取消 <span lang="en">Cancel</span></button>
</form>`,
  };
}

export const connectedPage: Page = {
  title: { zh: '已连接', en: 'Connected' },
  body: `<p>${both('可以关闭此页面，回到命令行。', 'Close this page and go back to the command line.')}</p>`,
};
