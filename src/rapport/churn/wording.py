"""What the features and drivers are called, in English and in Chinese."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Named:
    """A column and its names.

    Args:
        is_share: 0 to 1, written as a percentage.
        digits: after the point, of other numbers.
    """

    column: str
    name: str
    name_zh: str
    is_share: bool = False
    digits: int = 1

    def figure(self, value: float) -> str:
        """The value as it is written: a small loss is no -0.0, and a minus no end of a line."""
        text = f"{100 * value:z.1f}%" if self.is_share else f"{value:z,.{self.digits}f}"
        return text.replace("-", "\u2212")


SILENCE = "silence_log_odds"

# What is known of a customer before an instant: columns of int_churn_features, and the
# log-odds of silence by the purchase models.
FEATURES = (
    Named("order_days", "order days so far", "累计下单天数"),
    Named("recency_days", "days since the last order", "距上次下单天数"),
    Named("age_days", "days since the first order", "距首次下单天数"),
    Named("ordering_days", "days from first to last order", "首末次下单间隔天数"),
    Named("last_gap_days", "last gap between orders", "最近一次下单间隔"),
    Named("expected_gap_days", "expected gap between orders", "预期下单间隔"),
    Named("overdue", "time overdue", "逾期倍数"),
    Named("recent_orders", "orders of late", "近期订单数"),
    Named("year_orders", "orders in the last year", "近一年订单数"),
    Named("order_value", "order value", "订单金额"),
    Named("discount_rate", "discounts", "折扣率", is_share=True),
    Named("late_share", "late deliveries", "延迟交付率", is_share=True),
    Named("last_late_share", "last delivery late", "最近一次交付延迟", is_share=True),
    Named("categories", "categories bought from", "购买品类数"),
    Named("price_change", "price changes", "价格变动", is_share=True),
    Named("return_rate", "returns", "退货率", is_share=True),
    Named("tickets", "tickets", "工单数"),
    Named("tickets_since_order", "tickets since the last order", "上次下单后工单数"),
    Named("open_tickets", "open tickets", "未结工单数"),
    Named("solve_hours", "hours to solve tickets", "工单处理小时数"),
    Named("csat", "satisfaction", "满意度"),
    Named("nps", "recommendation score", "推荐分"),
    Named("sessions", "sessions in the last year", "近一年会话数"),
    Named("recent_sessions", "sessions of late", "近期会话数"),
    Named("recent_carts", "carts of late", "近期加购数"),
    Named("days_since_session", "days since the last session", "距上次会话天数"),
    Named(SILENCE, "silence for their habit", "相对习惯的沉默程度"),
)

# What a customer met with at an order: columns of int_churn_departures. No driver measures time
# since the order, which every customer who left has more of.
DRIVERS = (
    Named("late_delivery", "late delivery", "交付延迟", is_share=True),
    Named("ticket", "ticket after the order", "下单后提交工单", is_share=True),
    Named("solve_hours", "hours to solve tickets", "工单处理小时数"),
    Named("csat", "satisfaction (1 to 5)", "满意度（1至5）", digits=2),
    Named("nps", "recommendation score (0 to 10)", "推荐分（0至10）", digits=2),
    Named("has_return", "something returned", "有退货", is_share=True),
    Named("discount_rate", "discount", "折扣率", is_share=True),
    Named("price_change", "price above the first month's", "相对首月价格涨幅", is_share=True),
    Named("order_value", "order value", "订单金额", digits=2),
    Named("categories", "categories in the order", "订单品类数", digits=2),
)
