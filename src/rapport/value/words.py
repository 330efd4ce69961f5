"""Sentences in English and in Chinese, for why there is a prediction or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rapport.value import choice
from rapport.value.choice import Errors
from rapport.value.compressed import Histories

HOLDOUT_DAYS = 90  # the contract's: a quarter, over which a naive rule has a fair chance


@dataclass(frozen=True)
class Words:
    """One sentence in both languages."""

    en: str
    zh: str


NO_PURCHASES = Words("no purchases yet", "尚无购买")
NO_MAXIMUM = Words("no model could be fitted", "没有模型可以拟合")
NO_COSTS = Words("no cost of goods is known, so no margin", "商品成本未知，无法得出毛利")
NO_SPEND = Words(
    f"fewer than {choice.MIN_REPEATERS} customers with a repeat purchase of positive value",
    f"复购金额为正的客户少于{choice.MIN_REPEATERS}位",
)
NO_MEAN = Words(
    "no repeat purchase to go by, and spends too unlike for a mean of all",
    "无复购可依，且客户消费差异过大，没有可用的总体均值",
)


def too_little(histories: Histories, end: date) -> Words | None:
    """What is short in the data up to a day; None where they suffice."""
    short = choice.insufficiency(histories)
    if short is None:
        return None
    short_zh = choice.insufficiency(histories, in_chinese=True)
    return Words(f"not enough data up to {end}: {short}", f"截至{end}数据不足：{short_zh}")


def verdict(errors: Errors, naive: Errors) -> Words | None:
    """Why a forecast does not beat the naive one; None where it does."""
    if choice.beats(errors, naive):
        return None
    if errors.total_error is None or naive.total_error is None:
        return Words(
            f"nobody bought again in the last {HOLDOUT_DAYS} days",
            f"过去{HOLDOUT_DAYS}天无人复购",
        )
    figures = (errors.deviance, naive.deviance, 100 * errors.total_error, 100 * naive.total_error)
    return Words(
        'no better than "the same as in the last {} days": deviance {:.4f} against {:.4f}, '
        "total {:+.1f} % against {:+.1f} %".format(HOLDOUT_DAYS, *figures),
        "不优于“与过去{}天相同”：偏差{:.4f}对{:.4f}，总量误差{:+.1f}%对{:+.1f}%".format(
            HOLDOUT_DAYS, *figures
        ),
    )


def off_total(error: float | None, naive_error: float | None) -> Words | None:
    """Why the forecast of a sum is not published; None where it is nearer than the naive one."""
    if error is None or naive_error is None:
        return Words(
            f"nothing was sold in the last {HOLDOUT_DAYS} days, or all of it came back",
            f"过去{HOLDOUT_DAYS}天无销售，或全部退货",
        )
    if abs(error) < abs(naive_error):
        return None
    return Words(
        f'no better than "the same as in the last {HOLDOUT_DAYS} days": '
        f"off by {100 * error:+.1f} % against {100 * naive_error:+.1f} %",
        f"不优于“与过去{HOLDOUT_DAYS}天相同”：误差{100 * error:+.1f}%对{100 * naive_error:+.1f}%",
    )


def missed_more(share: float | None, naive_share: float | None) -> Words | None:
    """Why no next category is told; None where it is right no less often."""
    if share is None or naive_share is None:
        return Words(
            f"nobody bought anything of a category again in the last {HOLDOUT_DAYS} days",
            f"过去{HOLDOUT_DAYS}天无人再次购买任何品类",
        )
    if share >= naive_share:
        return None
    figures = (100 * share, 100 * naive_share)
    return Words(
        'worse than "what was bought last": right for {:.1f} % against {:.1f} %'.format(*figures),
        "不如“与上次购买相同”：命中率{:.1f}%对{:.1f}%".format(*figures),
    )
