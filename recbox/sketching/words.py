"""What columns are called, and what people do with items."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

Role = Literal["user", "item", "time", "weight", "behaviour"]
NAMES: Mapping[Role, frozenset[str]] = {
    role: frozenset(words.split())
    for role, words in {
        "user": "user uid userid usr customer client member visitor buyer shopper account person people "
        "reviewer reader listener viewer student learner patient subscriber household guest author email "
        "who actor session kunde kundennummer käufer nutzer benutzer besucher mitglied wer utilisateur "
        "acheteur membre cliente usuario comprador utente acquirente klant gebruiker klient użytkownik "
        "пользователь клиент покупатель kullanıcı müşteri 用户 用戶 客户 会员 買家 ユーザー 顧客 会員 "
        "사용자 고객",
        "item": "item iid itemid product prod sku asin article movie film book isbn song track artist "
        "album course lesson video news ad advert game recipe content post document doc page restaurant "
        "business venue place location hotel job app service anime ean barcode gtin upc stockcode part "
        "partno what object artikel produkt produit producto artículo articulo prodotto articolo produto "
        "artigo buch livre libro película titre товар продукт фильм книга ürün 商品 物品 产品 製品 品番 "
        "作品 상품",
        "time": "time timestamp ts date datetime day when created updated at unixtime reviewtime zeit "
        "datum uhrzeit zeitpunkt tag am fecha hora heure jour data giorno dia tijd czas tarih zaman дата "
        "время 时间 時間 日期 日付 日時 날짜 시간 occurred",
        "weight": "rating ratings score stars star weight count counts qty quantity plays playcount "
        "amount value overall menge anzahl bewertung note nota notas times hours playtime quantité qté "
        "cantidad quantità quantidade puntuación aantal ilość оценка количество puan adet "
        "评分 数量 評価 평점 수량",
        "behaviour": "behaviour behavior event action type kind activity interaction verb ereignis aktion "
        "évènement événement acción evento azione действие событие 行为 行為 動作 イベント 행동",
    }.items()
}
KEYS, TEXTS, UNDOING = (
    frozenset(words.split())
    for words in (
        "id ids no nr number num key code uuid hash nummer",
        "name title description text url link image category price brand review comment city country color "
        "size titel preis bezeichnung",
        "cancel cancelled canceled remove removed refund refunded return returned delete deleted unlike undo "
        "dislike disliked downvote hide hidden block report",
    )
)
"""What columns of ids are called besides; columns that are none; what takes back what somebody
did, or says the opposite."""
UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Chinese, Japanese and Korean letters."""
TITLES = frozenset(
    (
        *(
            "title",
            "name",
            "titel",
            "headline",
            "label",
            "bezeichnung",
            "titre",
            "titolo",
            "título",
            "titulo",
        ),
        *("nom", "nome", "nombre", "naam", "navn", "namn", "nazwa", "isim", "название", "имя"),
        *("名称", "名字", "名前", "品名", "이름"),
    )
)
TARGETS = (
    (
        "purchase",
        "purchased",
        "buy",
        "bought",
        "order",
        "ordered",
        "transaction",
        "sale",
        "checkout",
        "kauf",
        "gekauft",
        "bestellt",
        "bestellung",
        "achat",
        "acheter",
        "commande",
        "compra",
        "comprar",
        "acquisto",
        "aankoop",
        "покупка",
        "заказ",
        "购买",
        "購入",
        "구매",
    ),
    ("conversion", "convert", "subscribe", "complete", "completed", "enrol", "enroll", "download"),
    ("like", "love", "favorite", "favourite", "fav", "share", "save", "follow", "rate"),
    ("cart", "addtocart", "add", "basket", "wishlist"),
    ("click", "play", "watch", "read", "listen"),
    ("view", "pageview", "pv", "impression", "detail"),
)
"""What somebody does, the most telling first."""


def tokens(name: str) -> list[str]:
    """The words of a name: `customerID`, `customer_id` and `Customer Id` are customer, id."""
    return re.findall(r"[^\W\d_]+|\d+", re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", name).lower())


def named(name: str | None, role: Role) -> float:
    """0 to 1: how much a column's name speaks for a role. Of users and items a word may go on, as in
    `Kundennr`."""
    own, words = tokens(name or ""), NAMES[role]
    if not own:
        return 0.0
    if "".join(own) in words:
        return 1.0
    long = role in ("user", "item")
    hits = [w for w in own if w in words or _within(w, words, long)]
    score = 0.7 if hits else 0.0
    if long:
        score += 0.2 * bool(hits and KEYS & set(own)) - 0.5 * bool(TEXTS & set(own))
    return max(0.0, score)


def _within(word: str, words: frozenset[str], long: bool) -> bool:
    """Whether it begins with one of the words; in a script without blanks one may stand anywhere in it."""
    if not word.isascii() and any(x in word for x in words if not x.isascii() and UNSPACED.search(x)):
        return True
    return long and any(word.startswith(x) for x in words if len(x) > 4)


def known(name: str) -> bool:
    """Whether a text is likely to be the name of a column."""
    every = frozenset().union(*NAMES.values(), KEYS, TEXTS)
    return bool(every & set(tokens(name)) or "".join(tokens(name)) in every)


def does(kind: str) -> str:
    """The word of `TARGETS` that says what somebody does; empty where there is none, or it is undone."""
    own = [word.removesuffix("s") for word in tokens(kind)]
    if undone(kind):
        return ""
    every = [word for words in TARGETS for word in words]
    joined = "".join(own)
    return joined if joined in every else next((word for word in every if word in own), "")


def undone(kind: str) -> bool:
    """Whether it takes back what somebody did, or says that they don't want it."""
    return bool(UNDOING & set(tokens(kind)))


def target_of(kinds: Sequence[str]) -> str:
    """The behaviour that says most; empty where no name is known."""
    rank = {word: n for n, words in enumerate(TARGETS) for word in words}
    found = sorted((rank[does(kind)], n, kind) for n, kind in enumerate(kinds) if does(kind))
    return found[0][2] if found else ""
