// Requests for money in one form, whether they come from the list or alone.

/**
 * @param {any} row of the list
 * @returns {import("./request-answer.js").Asked & { created_at: string }}
 */
export const fromRow = (row) => ({
  ...row.transaction,
  name: row.transaction.type === "sent" ? row.recipient_name : row.sender_name,
  expires_at: row.request_expires_at,
});

/**
 * @param {any} detail
 * @returns {any}
 */
export const fromDetail = (detail) => ({
  ...detail,
  name: detail.type === "sent" ? detail.recipient : detail.sender,
  expires_at: detail.request_expires_at,
});
